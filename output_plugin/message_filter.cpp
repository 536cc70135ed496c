// The parser of the list. Prefixes are no identifiers: their case counts.
#include "message_filter.h"

#include "growing_array.h"

namespace glassflow {

MessageFilter MessageFilter::parse(std::string_view option, std::string_view list, MemoryContext context) {
    constexpr const char* hint = "Give all, off, or prefixes separated by commas, for example billing.*, 'audit'.";
    MessageFilter filter;
    OptionText text(option, list, OptionText::word_symbols, context);
    if (list == "all") {
        return filter;
    }
    filter.wants_all_ = false;
    if (list == "off") {
        return filter;
    }
    GrowingArray<NamePattern> prefixes(context);
    do {
        if (prefixes.size() == max_prefixes) {
            text.refuse(text.at(), "too many prefixes", "Use wildcards, for example billing.*.");
        }
        prefixes.append(text.peek() == '\'' ? NamePattern{text.take_string(), true}
                                            : text.take_unfolded("a prefix", hint));
    } while (text.take_symbol(","));
    if (!text.at_end()) {
        text.refuse(text.at(), "expected \",\" or the end of the list", hint);
    }
    filter.prefixes_ = prefixes.items();
    return filter;
}

bool MessageFilter::wants(std::string_view prefix) const {
    for (const NamePattern& pattern : prefixes_) {
        if (pattern.matches(prefix)) {
            return true;
        }
    }
    return wants_all_;
}

}  // namespace glassflow
