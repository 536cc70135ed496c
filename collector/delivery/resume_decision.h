// May we go on from here? What is remembered of a slot (the checkpoint) against what is found (server and slot) -> go
// on, make the slot, or refuse with what was found and the choices.
//
// The same rules at every start, takeover and reconnect. Nothing is lost and nothing comes from another history without
// a person's word, and that word is a flag of one run, never a setting. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "delivery/checkpoint.h"
#include "event/lsn.h"
#include "postgres/replication_slot.h"
#include "postgres/server_identity.h"
#include "postgres/settings.h"

namespace glassflow::delivery {

// `run --resume=...`: what a person says to a refusal.
enum class ResumeChoice : std::uint8_t { none, accept_gap, accept_repeat, fresh };

struct ResumeFacts {
    // Remembered
    std::optional<Checkpoint> checkpoint;
    std::string unreadable;       // why the checkpoint's file cannot be used
    std::string checkpoint_path;  // for what is told

    // Found
    postgres::ServerIdentity server;
    std::optional<event::Lsn> fork;  // where the server's history left the checkpoint's timeline, if that is another
    std::optional<postgres::ReplicationSlot> slot;
    // We stood by until now while another collector had the slot: where it left the slot is where delivery stands.
    bool has_taken_over = false;

    // Asked for
    const postgres::SourceSettings* source = nullptr;
    ResumeChoice choice = ResumeChoice::none;
};

struct ResumeDecision {
    enum class Action : std::uint8_t { go_on, make_slot, replace_slot, refuse };

    Action action = Action::go_on;
    std::string plugin;  // of the slot, or to make it with
    // go_on: START_REPLICATION from here; none = where the slot stands.
    event::Lsn start;
    // The checkpoint is put aside: its position and history do not apply any more.
    bool forgets_checkpoint = false;
    // What lies between the checkpoint and the slot is not delivered; it goes into the checkpoint's history.
    bool has_gap = false;
    // Refusal, or what was accepted or is worth saying; empty: nothing is.
    std::string what;
    std::string hint;             // of a refusal: full sentences
    bool is_choice_used = false;  // without the choice this would have been a refusal, or something else
};

ResumeDecision decide_resume(const ResumeFacts& facts);

}  // namespace glassflow::delivery
