// Events -> the flat form: the _-fields that say what happened, and beside them the row's columns. Nothing is null and
// nothing is missing: readers that know neither get a sentinel, the zero of the column's type.
//
//   {"_op":"u","_event_id":"0/16B3748-0","_version":23803720,"_is_deleted":0,"_schema":"public","_table":"orders",
//    "_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741,"id":9223372036854775807,"note":""}
//
// Only what is not known is missing: an unchanged large value, the key of a deleted row that was not logged. A sentinel
// there would overwrite a value, or delete another row; a reader that declares the field refuses such an event aloud.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "format/event_fields.h"
#include "format/flat_value.h"
#include "format/keyed_format.h"

namespace glassflow::format {

// What a column is called in this form. One that has the name of a field, such as "_op", gets underscores at its end
// until it has neither a field's name nor that of another column.
std::string flat_name(std::string_view column, std::span<const std::string_view> columns_of_table);

class Flat final : public KeyedFormat {
public:
    explicit Flat(const FormatOptions& options);

private:
    void write_upsert(const event::RowChange& change, char operation, std::string_view event_id) override;
    void write_delete(const event::RowChange& change, std::string_view event_id) override;
    void write_truncate(const event::Truncate& truncate, std::string_view event_id) override;
    void write_message(const event::LogicalMessage& message, std::string_view event_id) override;

    template <typename Change>
    void begin(const Change& change, char operation, std::string_view event_id);

    EventFields fields_{VersionStyle::number};
    FlatValueWriter values_;
};

}  // namespace glassflow::format
