// Events -> the envelope form: _-fields that say what happened, and the row as an object in "data".
//
//   {"_op":"u","_event_id":"0/16B3748-0","_version":"23803720","_is_deleted":0,"_schema":"public","_table":"orders",
//    "_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741,"data":{"id":"7","note":"x"},"before":{...}}
//
// An update that changes the key becomes two payloads: a delete of the old key, then an insert of the new one; a table
// that is merged by key would otherwise keep the old row for ever. docs/event_forms.md has every type and every choice.
#pragma once

#include "format/event_format.h"
#include "format/json_writer.h"
#include "format/record_key.h"
#include "format/relation_text.h"

namespace glassflow::format {

class Envelope : public EventFormat {
public:
    explicit Envelope(const FormatOptions& options) : options_(options) {}

    void relation(const event::Relation& relation) override { relation_text_.described(relation); }
    void row(const event::RowChange& change, PayloadWriter& out) override;
    void truncate(const event::Truncate& truncate, PayloadWriter& out) override;
    void message(const event::LogicalMessage& message, PayloadWriter& out) override;

private:
    void append_delete(const event::RowChange& change, std::string_view id_suffix, PayloadWriter& out);
    void append_upsert(const event::RowChange& change, std::string_view op, PayloadWriter& out);

    void write_head(std::string_view op, std::string_view event_id, event::Lsn lsn, bool is_deleted);
    void write_transaction(const event::Transaction& transaction);
    void write_new_row(const event::RowChange& change);
    void write_old_key(const event::RowChange& change);
    void write_before(const event::RowChange& change);
    // key is the column's name as RelationText has it. Writes nothing when the value is not known.
    void write_column(std::string_view key, const event::Value& value, const event::Column& column);

    std::string_view key_of(const event::RowChange& change, event::RowSide side);

    const FormatOptions options_;
    JsonWriter writer_;
    RecordKey record_key_;
    RelationText relation_text_;
    event::Transaction written_;    // the transaction that transaction_text_ is of
    std::string transaction_text_;  // "_commit_ts":"...","_xid":741
    std::string text_;              // scratch
};

}  // namespace glassflow::format
