// Event -> payload: the text that a destination receives for one change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/change.h"
#include "format/format_name.h"

namespace glassflow::format {

// Which rows a payload speaks about; payloads that share a key must be delivered in order.
enum class KeyScope : std::uint8_t {
    new_key,          // the key of the new row
    old_key,          // the key of the old row
    old_and_new_key,  // an update that changed the key, told in one payload
    whole_table,      // truncate: every row
    message,          // no row: a logical message, ordered with others of its prefix
};

struct Payload {
    std::string body;      // one JSON object in UTF-8, no trailing newline
    std::string event_id;  // "<LSN>-<index>", see ChangeId; suffix "d": delete half of a key change; "m": message
    KeyScope scope = KeyScope::new_key;
};

class EventFormat {
public:
    virtual ~EventFormat() = default;

    // Each appends to payloads; one change may become none, one or two payloads.
    virtual void row(const event::RowChange&, std::vector<Payload>& payloads) = 0;
    virtual void truncate(const event::Truncate&, std::vector<Payload>& payloads) = 0;
    virtual void message(const event::LogicalMessage&, std::vector<Payload>& payloads) = 0;
};

std::unique_ptr<EventFormat> make_format(FormatName name);

}  // namespace glassflow::format
