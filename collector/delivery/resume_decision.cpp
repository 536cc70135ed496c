// The order matters: first whether the memory can be read, then whether it is about this server, then whether there is
// a slot, and only then are positions compared.
#include "delivery/resume_decision.h"

#include "postgres/preflight.h"

namespace glassflow::delivery {

namespace {

using Action = ResumeDecision::Action;

// What each choice would do in a case; empty: it does not help there.
struct Choices {
    std::string accept_gap;
    std::string accept_repeat;
    std::string fresh;
    std::string otherwise;  // how to mend it instead
    std::string first;      // what to mend before any of them
};

std::string choice(const char* flag, const std::string& effect) {
    return std::string("--resume=") + flag + " " + (effect.empty() ? "does not help here" : effect);
}

std::string hint_of(const Choices& choices) {
    return choices.first +
           (choices.otherwise.empty() ? "Choose for one run: " : choices.otherwise + " Or choose for one run: ") +
           choice("accept-gap", choices.accept_gap) + "; " + choice("accept-repeat", choices.accept_repeat) + "; " +
           choice("fresh", choices.fresh) + ".";
}

constexpr const char* fresh_effect =
    "forgets the checkpoint and begins as a first run does, where the slot stands: copy the tables afresh if what lies "
    "before matters";
constexpr const char* gap_effect = "goes on without the changes in between";
constexpr const char* repeat_effect =
    "goes on from where the slot stands and delivers the server's history as it is now; events that were delivered may "
    "come again, and events that this server never had stay where they were delivered";

class Judge {
public:
    explicit Judge(const ResumeFacts& facts) : facts_(facts), slot_name_("slot \"" + facts.source->slot + "\"") {
        decision_.plugin = plugin();
    }

    ResumeDecision decide() {
        if (facts_.choice == ResumeChoice::fresh || (!facts_.checkpoint && facts_.unreadable.empty()))
            return begin_anew();
        if (!facts_.unreadable.empty())
            return refuse("checkpoint \"" + facts_.checkpoint_path + "\" cannot be used: " + facts_.unreadable,
                          {"", "", fresh_effect, "Put the file back from a copy if there is one."});
        if (auto refusal = check_subject())
            return *refusal;
        if (auto other = check_slot_is_usable())
            return *other;
        if (auto refusal = check_history())
            return *refusal;
        return compare_positions();
    }

private:
    const Checkpoint& checkpoint() const { return *facts_.checkpoint; }
    std::string position() const { return to_string(checkpoint().confirmed); }

    // What was asked for; else what is remembered, then what is found, and ours when there is nothing.
    std::string plugin() const {
        if (facts_.source->plugin != postgres::SlotPlugin::automatic)
            return postgres::name_of(facts_.source->plugin);
        if (facts_.checkpoint && facts_.choice != ResumeChoice::fresh)
            return facts_.checkpoint->plugin;
        return facts_.slot ? facts_.slot->plugin : postgres::plugin_name;
    }

    bool accepts(ResumeChoice choice) {
        const bool is_accepted = facts_.choice == choice;
        decision_.is_choice_used |= is_accepted;
        return is_accepted;
    }

    static ResumeDecision refuse(std::string what, const Choices& choices) {
        ResumeDecision refusal;
        refusal.action = Action::refuse;
        refusal.what = std::move(what);
        refusal.hint = hint_of(choices);
        return refusal;
    }

    static ResumeDecision refuse_plainly(std::string what, std::string hint) {
        ResumeDecision refusal;
        refusal.action = Action::refuse;
        refusal.what = std::move(what);
        refusal.hint = std::move(hint);
        return refusal;
    }

    bool recreates() const { return facts_.source->on_slot_lost == postgres::SlotLossPolicy::recreate; }

    // Nothing is remembered, or it is to be forgotten.
    ResumeDecision begin_anew() {
        decision_.forgets_checkpoint = facts_.checkpoint || !facts_.unreadable.empty();
        decision_.is_choice_used = decision_.forgets_checkpoint;
        if (decision_.forgets_checkpoint)
            decision_.what = "checkpoint was put aside, as --resume=fresh says";
        if (facts_.slot && (facts_.slot->plugin != decision_.plugin || !postgres::is_understood(decision_.plugin)))
            return refuse_plainly(slot_name_ + " was made for the plugin \"" + facts_.slot->plugin + "\"",
                                  "Choose another source.slot, or drop that one if nothing else uses it.");
        if (!facts_.slot) {
            if (!facts_.source->create_slot && !recreates())
                return refuse_plainly(slot_name_ + " does not exist", postgres::missing_slot_remedy(*facts_.source));
            decision_.action = Action::make_slot;
        } else if (facts_.slot->is_lost()) {
            if (!recreates())
                return refuse_plainly(postgres::describe_loss(*facts_.slot), postgres::loss_remedy(*facts_.slot));
            decision_.action = Action::replace_slot;
        }
        return decision_;
    }

    // Is the checkpoint about this slot of this server?
    std::optional<ResumeDecision> check_subject() const {
        const Checkpoint& remembered = checkpoint();
        const std::string own_directory = "Give each source a state_directory of its own.";
        if (remembered.slot != facts_.source->slot || remembered.database != facts_.source->database ||
            remembered.plugin != decision_.plugin || !postgres::is_understood(remembered.plugin))
            return refuse("checkpoint \"" + facts_.checkpoint_path + "\" is of slot \"" + remembered.slot +
                              "\" of database \"" + remembered.database + "\" with plugin \"" + remembered.plugin +
                              "\", not of this source",
                          {"", "", fresh_effect, own_directory});
        if (remembered.system_identifier != facts_.server.system_identifier)
            return refuse("the server behind " + postgres::describe(*facts_.source) + " is another one (system " +
                              facts_.server.system_identifier + ", the checkpoint is of system " +
                              remembered.system_identifier + ")",
                          {"", "", fresh_effect,
                           "If the address is wrong, set source.host; if one directory serves several sources, give "
                           "each its own state_directory."});
        return std::nullopt;
    }

    // A missing or lost slot: what was committed since the checkpoint is gone from this slot for good.
    std::optional<ResumeDecision> check_slot_is_usable() {
        const auto& slot = facts_.slot;
        if (slot && (slot->type != "logical" || slot->plugin != decision_.plugin))
            return refuse_plainly(slot_name_ + " is not one of the plugin \"" + decision_.plugin + "\" any more",
                                  "Somebody made another slot of that name; drop it, or choose another source.slot.");
        if (slot && !slot->is_lost())
            return std::nullopt;
        const std::string found =
            slot ? postgres::describe_loss(*slot) : slot_name_ + " does not exist any more: it was dropped";
        if (!recreates() && !accepts(ResumeChoice::accept_gap))
            return refuse(found + "; this collector has delivered up to " + position() +
                              ", and a new slot begins at what is committed after it is made",
                          {std::string("makes a new slot and ") + gap_effect, "",
                           slot ? "forgets the checkpoint; drop the slot first" : fresh_effect, "",
                           slot ? postgres::loss_prevention(*slot) : ""});
        decision_.action = slot ? Action::replace_slot : Action::make_slot;
        decision_.has_gap = true;
        decision_.what = found + ", and is made anew";
        return decision_;
    }

    // A disk is put back, and a timeline left for an earlier one, only while the server is stopped.
    bool is_same_run_of_server() const { return checkpoint().server_started == facts_.server.started; }

    // Are the checkpoint's position and the server's positions places in one history?
    std::optional<ResumeDecision> check_history() {
        std::string found;
        if (is_same_run_of_server()) {
            // A standby that was promoted, or followed another primary, while it ran: it went on from what it had.
        } else if (checkpoint().timeline != facts_.server.timeline) {
            const std::string timelines = "the server is on timeline " + std::to_string(facts_.server.timeline) +
                                          ", the checkpoint at " + position() + " is of timeline " +
                                          std::to_string(checkpoint().timeline);
            if (!facts_.fork)
                found = timelines + ", which is not in this server's history";
            else if (*facts_.fork < checkpoint().confirmed)
                found = timelines + ", which this server left at " + to_string(*facts_.fork) +
                        ": what was delivered after that, it never had";
        } else if (!facts_.server.is_in_recovery && facts_.server.wal_end < checkpoint().confirmed) {
            found = "the server's write-ahead log ends at " + to_string(facts_.server.wal_end) +
                    ", before the checkpoint at " + position() + ": it was restored from an earlier state";
        }
        if (found.empty())
            return std::nullopt;
        if (!accepts(ResumeChoice::accept_repeat))
            return refuse(found, {"", repeat_effect, fresh_effect, "If this is the wrong server, set source.host."});
        is_history_broken_ = true;
        decision_.what = found;
        return std::nullopt;
    }

    ResumeDecision compare_positions() {
        const event::Lsn stands = facts_.slot->confirmed_flush_lsn;
        if (stands > checkpoint().confirmed && !is_history_broken_) {
            const std::string found = slot_name_ + " stands at " + to_string(stands) +
                                      ", but this collector has delivered only up to " + position();
            if (facts_.has_taken_over) {
                decision_.what = found + "; another collector, which had the slot until now, delivered the rest";
                return decision_;
            }
            const bool was_remade = facts_.slot->restart_lsn > checkpoint().confirmed;
            const std::string why =
                was_remade ? ": it was made again, or moved by somebody else" : ": it was moved by somebody else";
            if (!accepts(ResumeChoice::accept_gap))
                return refuse(found + why, {gap_effect, "", fresh_effect,
                                            "If another collector delivered them, with a state_directory of its own, "
                                            "nothing is missing and accept-gap is right; otherwise find out what used "
                                            "the slot."});
            decision_.has_gap = true;
            decision_.what = found + why;
            return decision_;
        }
        // Where the server stood still in between, its positions are ours, and what the checkpoint says every sink has
        // need not come again. After a start of the server the slot may stand further back than it was told, and a disk
        // put back to an earlier state looks the same: then better again than not at all.
        const bool is_proven = is_same_run_of_server() && !is_history_broken_;
        if (is_proven && checkpoint().confirmed > stands)
            decision_.start = checkpoint().confirmed;
        return decision_;
    }

    const ResumeFacts& facts_;
    const std::string slot_name_;
    ResumeDecision decision_;
    bool is_history_broken_ = false;  // and accepted
};

}  // namespace

ResumeDecision decide_resume(const ResumeFacts& facts) {
    return Judge(facts).decide();
}

}  // namespace glassflow::delivery
