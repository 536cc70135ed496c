// Event -> payload: the text that a destination receives for one change.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

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
    std::string_view body;      // one JSON object in UTF-8, no trailing newline
    std::string_view event_id;  // "<LSN>-<index>", see ChangeId; suffix "d": delete half of a key change; "m": message
    // The row's key as one JSON object, {"id":"7"}; empty when the format makes no keys, or the table has none.
    std::string_view key;
    KeyScope scope = KeyScope::new_key;
    char operation = 0;  // c, u, d, t or m, whatever the form calls it
};

// Takes the payloads of a change, in order. What they point to is valid only during the call.
class PayloadWriter {
public:
    virtual void add(const Payload& payload) = 0;

protected:
    ~PayloadWriter() = default;
};

class EventFormat {
public:
    virtual ~EventFormat() = default;

    // Must be told before the first change of a relation, and whenever it was described again.
    virtual void relation(const event::Relation&) {}
    // One change becomes none, one or two payloads.
    virtual void row(const event::RowChange&, PayloadWriter& out) = 0;
    virtual void truncate(const event::Truncate&, PayloadWriter& out) = 0;
    virtual void message(const event::LogicalMessage&, PayloadWriter& out) = 0;
};

struct FormatOptions {
    bool makes_keys = false;               // for destinations that have a use for Payload::key
    ArrayStyle arrays = ArrayStyle::text;  // wal2json has a style of its own
};

std::unique_ptr<EventFormat> make_format(FormatName name, const FormatOptions& options = {});

}  // namespace glassflow::format
