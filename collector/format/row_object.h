// A change -> the JSON object that the forms envelope (in "data" and "before") and row make of its row.
#pragma once

#include <string_view>

#include "event/change.h"
#include "format/json_value.h"
#include "format/json_writer.h"
#include "format/marker.h"
#include "format/relation_text.h"

namespace glassflow::format {

class RowObject {
public:
    // names must outlive it.
    RowObject(ArrayStyle arrays, RelationText& names) : names_(names), values_(arrays) {}

    // Every column of the new row whose value is known.
    void write_new_row(JsonWriter& writer, const event::RowChange& change);
    // The key of the row that is gone; all that is known of it when the table has no key.
    void write_old_key(JsonWriter& writer, const event::RowChange& change);
    void write_old_row(JsonWriter& writer, const event::RowChange& change);
    // What stands in place of a row.
    static void write_truncate(JsonWriter& writer, const event::Truncate& truncate);
    static void write_message(JsonWriter& writer, const event::LogicalMessage& message);

private:
    // key is the column's name as RelationText has it. Writes nothing when the value is not known.
    void write_column(JsonWriter& writer, std::string_view key, const event::Value& value, const event::Column& column);

    RelationText& names_;
    JsonValueWriter values_;
};

}  // namespace glassflow::format
