// Messages of PostgreSQL's own plugin pgoutput -> events: the protocol versions 1 to 4, values as text or binary,
// transactions in progress. https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
//
// The position of a change is that of the header of its message. A transaction that is streamed while in progress is
// told when it commits, so that a handler sees whole transactions in commit order whatever was asked for. What is not
// exactly what the protocol allows is a DecodeError. docs/other_plugins.md says what pgoutput does not tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decode/byte_cursor.h"
#include "decode/change_position.h"
#include "decode/decoder.h"
#include "decode/row_memory.h"
#include "decode/streamed_transactions.h"

namespace glassflow::decode {

class PgoutputDecoder final : public Decoder {
public:
    // limits bound what is kept of transactions in progress; more is a DecodeError of kind over_budget.
    explicit PgoutputDecoder(StreamedTransactions::Limits limits) : streamed_(std::move(limits)) {}

    void decode(std::string_view message, event::Lsn start, event::EventHandler& handler) override;
    void reset() override;

private:
    struct UserType {
        std::string schema;  // empty: pg_catalog, so that it is what a domain is over
        std::string name;
    };

    void take(char tag, ByteCursor& cursor, event::Lsn start, event::EventHandler& handler);
    void take_begin(ByteCursor& cursor);
    void take_commit(ByteCursor& cursor, event::EventHandler& handler);
    void take_relation(ByteCursor& cursor, event::EventHandler& handler);
    void take_type(ByteCursor& cursor);
    void take_row(char tag, ByteCursor& cursor, event::Lsn start, event::EventHandler& handler);
    void take_truncate(ByteCursor& cursor, event::Lsn start, event::EventHandler& handler);
    void take_message(ByteCursor& cursor, event::EventHandler& handler);
    void take_origin(ByteCursor& cursor);
    void take_stream_start(ByteCursor& cursor);
    void take_stream_stop();
    void take_stream_commit(ByteCursor& cursor, event::EventHandler& handler);
    void take_stream_abort(ByteCursor& cursor);
    void keep(char tag, ByteCursor& cursor, event::Lsn start);

    const event::Transaction& tell_transaction(event::EventHandler& handler);
    void end_transaction(const event::Transaction& told, event::EventHandler& handler);
    void describe(event::Column& column, std::uint32_t type_oid, std::int32_t typmod) const;
    const event::Relation& read_relation_id(ByteCursor& cursor) const;
    void read_row(ByteCursor& cursor, const event::Relation& relation, std::vector<event::Value>& row);
    void read_old_row(char kind, ByteCursor& cursor, const event::Relation& relation);

    std::unordered_map<std::uint32_t, event::Relation> relations_;  // by oid
    std::unordered_map<std::uint32_t, UserType> types_;             // by oid
    std::optional<event::Transaction> transaction_;                 // the open one
    bool is_told_ = false;                                          // the handler knows of it
    ChangePosition position_;
    StreamedTransactions streamed_;
    RowMemory row_memory_;
    std::vector<event::Value> new_row_;
    std::vector<event::Value> old_row_;
};

}  // namespace glassflow::decode
