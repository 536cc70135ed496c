// An event that is too large for a destination -> the event without its largest values, and a marker that names them.
//
// What tells one row and one event from another stays: the columns of the key and all that begins with "_". The result
// is valid JSON, and the numbers in it are digit for digit what they were. Pure.
//
//     {"_op":"u","_event_id":"0/1-0","data":{"id":"7","note":"aaaa…"}}
//     {"_op":"u","_event_id":"0/1-0","data":{"id":"7"},"_truncated":["data.note"]}
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::sink {

// How an event is built, and so where its columns are.
enum class EventShape {
    envelope,  // members of "data" and "before"; they are left out
    wal2json,  // elements of "columns" and "identity"; likewise
    flat,      // members at the top that do not begin with "_"; they become empty ("", [], {}), for readers that demand
               // them
    row,       // likewise, and they are left out
};

// "envelope", "wal2json", "flat" or "row", as in a sink's format.
EventShape shape_of(std::string_view form);

// key is the row's key as one JSON object, or empty. nullopt: no JSON object, or even without all that may go it is
// larger than limit_bytes.
std::optional<std::string> without_largest_values(std::string_view event, std::string_view key, EventShape shape,
                                                  std::size_t limit_bytes);

}  // namespace glassflow::sink
