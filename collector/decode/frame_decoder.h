// Frames of the glassflow plugin -> events, told to an EventHandler as they are found.
//
// A frame is a run of whole records, described in docs/wire_format.md; a transaction may span many frames. What comes
// from the wire is not trusted: everything is checked before it is used, and anything that is not exactly what the
// protocol allows is a DecodeError. Records before the bad one have been told by then, so whoever catches it drops the
// connection: the server sends everything after the confirmed position again, to a decoder that was reset().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decode/decode_error.h"
#include "decode/decoder.h"
#include "decode/frame_cursor.h"
#include "decode/record_sum.h"
#include "decode/row_memory.h"
#include "event/event_handler.h"

namespace glassflow::decode {

class FrameDecoder final : public Decoder {
public:
    // A fuzzer changes records and cannot make their sum right.
    enum class Checks : std::uint8_t { all, counts };
    explicit FrameDecoder(Checks checks = Checks::all) : checks_(checks) {}

    // A record tells its position itself: where the frame is from does not matter.
    void decode(std::string_view frame, event::Lsn, event::EventHandler& handler) override { decode(frame, handler); }
    // Views in the events point into frame or the decoder; relations live in the decoder until they are described again
    // or reset().
    void decode(std::string_view frame, event::EventHandler& handler);

    // Forgets the session: relations, the open transaction. Call it for each new connection.
    void reset() override;

private:
    void decode_record(FrameCursor& cursor, event::EventHandler& handler);
    void decode_session(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_relation(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_begin(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_commit(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_row(FrameCursor& cursor, event::Operation operation, std::uint32_t elements,
                    event::EventHandler& handler);
    void decode_update_of_columns(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_truncate(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_message(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void decode_ddl(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);

    void read_origin(FrameCursor& cursor, event::Transaction& transaction, std::uint32_t& elements);
    void check_measures(FrameCursor& cursor, std::uint32_t& elements, std::size_t start);
    const event::Relation& read_relation_id(FrameCursor& cursor) const;
    event::ChangeId read_position(FrameCursor& cursor);
    void read_new_row(FrameCursor& cursor, const event::Relation& relation);
    void read_old_row(FrameCursor& cursor, const event::Relation& relation);
    void read_columns(FrameCursor& cursor, const event::Relation& relation, std::string_view bits,
                      std::vector<event::Value>& row);

    const Checks checks_;
    bool has_session_ = false;
    std::unordered_map<std::uint32_t, event::Relation> relations_;
    std::optional<event::Transaction> transaction_;  // the open one
    std::uint64_t change_count_ = 0;                 // records in it so far that the commit record counts
    std::string origin_;                             // its origin's name
    // Of the records of it before summed_, which is an offset in frame_; the run up to the frame's end is added at
    // once.
    RecordSum sum_;
    std::string_view frame_;
    std::size_t summed_ = 0;
    // What the next position counts from; its index is that of no change before the first one of the transaction.
    event::ChangeId previous_;
    bool has_previous_change_ = false;
    RowMemory row_memory_;               // what the rows below point to, beside the frame
    std::vector<event::Value> new_row_;  // kept for their capacity
    std::vector<event::Value> old_row_;
    std::string schema_change_;
};

}  // namespace glassflow::decode
