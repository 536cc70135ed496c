// The key of a changed row -> one JSON object, {"id":"7"}: what keeps the changes of a row together at destinations
// that partition by key. The values are those of the envelope form, the columns in key order.
#pragma once

#include <string_view>

#include "event/row_key.h"
#include "format/json_value.h"
#include "format/json_writer.h"

namespace glassflow::format {

class RecordKey {
public:
    // Empty when the table has no key that every change tells, or it is not wholly known. Valid until the next call.
    std::string_view of(const event::RowChange& change, event::RowSide side);

private:
    JsonWriter writer_;
    JsonValueWriter values_;
};

}  // namespace glassflow::format
