// Which logical messages are sent: the option `messages`.
//
//   messages = "all" | "off" | prefix *( "," prefix )
//   prefix   = characters without white space , '      as they are, * is a wildcard
//            | "'" any, with '' for one quote "'"      literal
#pragma once

#include "option_text.h"

#include <span>

namespace glassflow {

class MessageFilter {
public:
    static constexpr std::size_t max_prefixes = 100;

    static MessageFilter parse(std::string_view option, std::string_view list, MemoryContext context);

    bool wants(std::string_view prefix) const;

private:
    bool wants_all_ = true;
    std::span<const NamePattern> prefixes_;
};
static_assert(std::is_trivially_destructible_v<MessageFilter>);

}  // namespace glassflow
