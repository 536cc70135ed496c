// Events -> the wal2json form: what the wal2json plugin 2.5 emits with format-version 2, default options and
// include-transaction=false, in a session with TimeZone UTC.
//
//   {"action":"U","schema":"public","table":"orders","columns":[{"name":"id","type":"integer","value":17},...],
//    "identity":[{"name":"id","type":"integer","value":17}]}
//
// Equal after JSON normalisation wherever wal2json emits sound JSON; docs/event_forms.md lists what it drops or breaks
// and what comes here instead. test/integration/test_wal2json_form.py holds both against the same WAL.
#pragma once

#include "format/event_format.h"
#include "format/json_writer.h"
#include "format/record_key.h"

namespace glassflow::format {

class Wal2json : public EventFormat {
public:
    explicit Wal2json(const FormatOptions& options) : options_(options) {}

    void row(const event::RowChange& change, PayloadWriter& out) override;
    void truncate(const event::Truncate& truncate, PayloadWriter& out) override;
    void message(const event::LogicalMessage& message, PayloadWriter& out) override;

private:
    void write_head(std::string_view action, const event::Relation& relation);
    void write_columns(const event::RowChange& change);
    void write_identity(const event::RowChange& change);
    void write_column(const event::Value& value, const event::Column& column);
    void write_value(const event::Value& value, const event::Column& column);

    const FormatOptions options_;
    JsonWriter writer_;
    RecordKey record_key_;
    std::string text_;  // scratch
};

}  // namespace glassflow::format
