// The parser of the list, and the names of origins.
#include "origin_filter.h"

#include "growing_array.h"

namespace glassflow {

OriginFilter OriginFilter::parse(std::string_view option, std::string_view list, MemoryContext context) {
    constexpr const char* hint =
        "Give any, none, or names of origins separated by commas; 'text' for one with a comma.";
    OriginFilter filter;
    OptionText text(option, list, OptionText::word_symbols, context);
    if (list == "any") {
        return filter;
    }
    filter.is_given_ = true;
    filter.wants_local_ = false;
    GrowingArray<std::string_view> names(context);
    do {
        if (names.size() == max_names) {
            text.refuse(text.at(), "too many origins", psprintf("At most %zu can be named.", max_names));
        }
        const std::size_t start = text.at();
        if (text.take_word("none")) {
            filter.wants_local_ = true;
        } else if (text.take_word("any")) {
            text.refuse(start, "any is no origin to be named with others", hint);
        } else {
            names.append(text.peek() == '\'' ? text.take_string()
                                             : text.take_unfolded("the name of an origin", hint).text);
        }
    } while (text.take_symbol(","));
    if (!text.at_end()) {
        text.refuse(text.at(), "expected \",\" or the end of the list", hint);
    }
    filter.names_ = names.items();
    return filter;
}

bool OriginFilter::wants_transaction(RepOriginId origin) const {
    if (origin == InvalidRepOriginId || names_.empty()) {
        return !is_given_ || !drops(origin);
    }
    char* name = nullptr;
    if (!replorigin_by_oid(origin, true, &name)) {
        return false;  // dropped meanwhile: it has no name to be wanted by
    }
    bool is_wanted = false;
    for (const std::string_view one : names_) {
        is_wanted = is_wanted || one == name;
    }
    pfree(name);
    return is_wanted;
}

}  // namespace glassflow
