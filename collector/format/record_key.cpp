#include "format/record_key.h"

namespace glassflow::format {

std::string_view RecordKey::of(const event::RowChange& change, event::RowSide side) {
    if (!event::has_logged_key(*change.relation))
        return {};
    writer_.clear();
    writer_.begin_object();
    for (const std::uint32_t position : change.relation->key) {
        const event::Value* value = event::key_value(change, position, side);
        if (value == nullptr || value->kind == event::Value::Kind::unchanged_toast)
            return {};
        const event::Column& column = change.relation->columns[position];
        writer_.key(column.name);
        values_.write(writer_, *value, column);
    }
    writer_.end_object();
    return writer_.take();
}

}  // namespace glassflow::format
