// The identity of a change, as readers see it: "16/B374D848-0".
#pragma once

#include <string>
#include <string_view>

#include "event/change.h"
#include "format/integer_text.h"

namespace glassflow::format {

// The same for every redelivery and every form. suffix tells the halves apart of a change that becomes two payloads.
inline std::string event_id(const event::ChangeId& id, std::string_view suffix = {}) {
    std::string text = event::to_string(id.lsn);
    text += '-';
    append_integer(text, id.index);
    text += suffix;
    return text;
}

// The LSN of a message is the end of its record, where the change of a row may begin: the suffix keeps the two apart.
inline std::string event_id(const event::LogicalMessage& message) {
    return event_id({.lsn = message.lsn, .index = 0}, "m");
}

}  // namespace glassflow::format
