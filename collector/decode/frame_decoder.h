// Frames of the glassflow plugin -> events, told to an EventHandler as they are found.
//
// A frame is a run of whole records, described in docs/wire_format.md; a transaction may span many frames. What comes
// from the wire is not trusted: everything is checked before it is used, and anything that is not exactly what the
// protocol allows is a DecodeError. A transaction that is streamed while it is in progress is kept as it came, block by
// block, and told when it commits: a handler sees whole transactions in commit order, whatever was asked for. Records
// before the bad one have been told by then, so whoever catches it drops the connection: the server sends everything
// after the confirmed position again, to a decoder that was reset().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decode/decode_error.h"
#include "decode/decoder.h"
#include "decode/frame_cursor.h"
#include "decode/record_sum.h"
#include "decode/row_memory.h"
#include "decode/streamed_transactions.h"
#include "event/event_handler.h"

namespace glassflow::decode {

class FrameDecoder final : public Decoder {
public:
    // A fuzzer changes records and cannot make their sum right.
    enum class Checks : std::uint8_t { all, counts };
    // limits bound what is kept of transactions in progress; more is a DecodeError of kind over_budget.
    explicit FrameDecoder(StreamedTransactions::Limits limits = {}, Checks checks = Checks::all)
        : checks_(checks), streamed_(std::move(limits)) {}

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
    // What is said of a transaction at its end, and what came of it.
    struct Arrived {
        std::uint64_t change_count = 0;
        RecordSum sum;
    };
    void check_measures(FrameCursor& cursor, std::uint32_t& elements, const Arrived& arrived, std::size_t start);
    void decode_stream_start(FrameCursor& cursor, std::uint32_t elements, std::size_t start);
    void decode_stream_abort(FrameCursor& cursor, std::uint32_t elements);
    void decode_stream_commit(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler);
    void keep_block(FrameCursor& cursor, std::size_t start);
    void replay_block(std::string_view block, event::EventHandler& handler);
    void replay_record(FrameCursor& cursor, std::string_view block, event::EventHandler& handler);
    void replay_stream_start(FrameCursor& cursor, std::uint32_t elements);
    void replay_relation(FrameCursor& cursor, std::uint32_t elements, std::string_view block, std::size_t start,
                         event::EventHandler& handler);
    const event::Relation& find_block_relation(std::uint32_t id, std::size_t start);
    void tell_block_relation(event::EventHandler& handler);
    bool is_rolled_back() const { return is_replaying_ && streamed_.is_aborted(subxid_); }
    static std::string read_origin_name(FrameCursor& cursor);
    const event::Relation& read_relation_id(FrameCursor& cursor);
    event::ChangeId read_position(FrameCursor& cursor);
    void read_new_row(FrameCursor& cursor, const event::Relation& relation);
    void read_old_row(FrameCursor& cursor, const event::Relation& relation);
    void read_columns(FrameCursor& cursor, const event::Relation& relation, std::string_view bits,
                      std::vector<event::Value>& row);

    const Checks checks_;
    bool has_session_ = false;
    std::unordered_map<std::uint32_t, event::Relation> relations_;
    std::optional<event::Transaction> transaction_;  // the open one
    std::string origin_;                             // its origin's name
    // Records in it that the commit record counts, and the sum of those before summed_, which is an offset in frame_;
    // the run up to the frame's end is added at once.
    Arrived arrived_;
    std::string_view frame_;
    std::size_t summed_ = 0;
    // What the next position counts from; its index is that of no change before the first one of the transaction.
    event::ChangeId previous_;
    bool has_previous_change_ = false;
    // Transactions in progress, and what came of them so far.
    struct Stream {
        Arrived arrived;
        std::string origin;
    };
    StreamedTransactions streamed_;
    std::unordered_map<std::uint32_t, Stream> streams_;  // by xid
    Stream* open_stream_ = nullptr;                      // whose block is being received
    // Of the one that is being told:
    struct BlockRelation {
        event::Relation relation;
        std::string record;       // that described it
        std::uint64_t block = 0;  // the last one that did
        bool is_told = false;
    };
    bool is_replaying_ = false;
    std::unordered_map<std::uint32_t, BlockRelation> block_relations_;  // by the id that blocks know it by
    BlockRelation* found_ = nullptr;                                    // the one of the record that is being read
    std::uint64_t block_ = 0;
    std::uint32_t subxid_ = 0;  // of what follows in the block

    RowMemory row_memory_;               // what the rows below point to, beside the frame
    std::vector<event::Value> new_row_;  // kept for their capacity
    std::vector<event::Value> old_row_;
    std::string schema_change_;
};

}  // namespace glassflow::decode
