// Events -> the envelope form: _-fields that say what happened, and the row as an object in "data".
//
//   {"_op":"u","_event_id":"0/16B3748-0","_version":"23803720","_is_deleted":0,"_schema":"public","_table":"orders",
//    "_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741,"data":{"id":"7","note":"x"},"before":{...}}
//
// docs/event_forms.md has every type and every choice.
#pragma once

#include "format/event_fields.h"
#include "format/keyed_format.h"
#include "format/row_object.h"

namespace glassflow::format {

class Envelope final : public KeyedFormat {
public:
    explicit Envelope(const FormatOptions& options)
        : KeyedFormat(options, nullptr), row_(options.arrays, relation_text()) {}

private:
    void write_upsert(const event::RowChange& change, char operation, std::string_view event_id) override;
    void write_delete(const event::RowChange& change, std::string_view event_id) override;
    void write_truncate(const event::Truncate& truncate, std::string_view event_id) override;
    void write_message(const event::LogicalMessage& message, std::string_view event_id) override;

    void begin(const event::RowChange& change, char operation, std::string_view event_id);
    void write_before(const event::RowChange& change);

    EventFields fields_{VersionStyle::string};
    RowObject row_;
};

}  // namespace glassflow::format
