// The identity of a change, as readers see it: "16/B374D848-0".
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "event/change.h"

namespace glassflow::format {

// The same for every redelivery and every form. suffix tells the halves apart of a change that becomes two payloads.
// Owns its text: valid as long as it lives.
class EventId {
public:
    explicit EventId(const event::ChangeId& id, std::string_view suffix = {}) {
        char* end = hexadecimal(text_, static_cast<std::uint32_t>(id.lsn.value >> 32));
        *end++ = '/';
        end = hexadecimal(end, static_cast<std::uint32_t>(id.lsn.value));
        *end++ = '-';
        end = std::to_chars(end, text_ + sizeof text_, id.index).ptr;
        suffix.copy(end, suffix.size());  // one character at most
        size_ = static_cast<std::size_t>(end - text_) + suffix.size();
    }
    // The LSN of a message is the end of its record, where the change of a row may begin: the suffix keeps them apart.
    explicit EventId(const event::LogicalMessage& message)
        : EventId({.lsn = message.lsn, .index = message.index}, "m") {}

    std::string_view view() const { return {text_, size_}; }

private:
    static char* hexadecimal(char* out, std::uint32_t number) {
        static constexpr char digits[] = "0123456789ABCDEF";
        int shift = 28;
        while (shift > 0 && (number >> shift) == 0)
            shift -= 4;
        for (; shift >= 0; shift -= 4)
            *out++ = digits[number >> shift & 15u];
        return out;
    }

    char text_[2 * 8 + 10 + 3];
    std::size_t size_ = 0;
};

}  // namespace glassflow::format
