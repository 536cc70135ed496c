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

namespace glassflow::format {

class Wal2json : public EventFormat {
public:
    void row(const event::RowChange& change, std::vector<Payload>& payloads) override;
    void truncate(const event::Truncate& truncate, std::vector<Payload>& payloads) override;
    void message(const event::LogicalMessage& message, std::vector<Payload>& payloads) override;

private:
    void write_head(std::string_view action, const event::Relation& relation);
    void write_columns(const event::RowChange& change);
    void write_identity(const event::RowChange& change);
    void write_column(const event::Value& value, const event::Column& column);
    void write_value(const event::Value& value, const event::Column& column);

    JsonWriter writer_;
    std::string text_;  // scratch
};

}  // namespace glassflow::format
