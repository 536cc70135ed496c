// The grammar is that of output_plugin/table_filter.cpp; test_pipeline_tables.py holds the two against each other.
#include "postgres/table_pattern.h"

namespace glassflow::postgres {

namespace {

constexpr std::string_view space = " \t\n\r\f\v";

}  // namespace

std::optional<TablePattern> TablePattern::parse(std::string_view text) {
    std::size_t at = 0;
    TablePattern pattern;
    auto schema = parse_name(text, at);
    if (!schema || at >= text.size() || text[at] != '.')
        return std::nullopt;
    ++at;
    auto table = parse_name(text, at);
    if (!table || at != text.size())
        return std::nullopt;
    pattern.schema_ = std::move(*schema);
    pattern.table_ = std::move(*table);
    return pattern;
}

std::optional<TablePattern::Name> TablePattern::parse_name(std::string_view text, std::size_t& at) {
    at = std::min(text.find_first_not_of(space, at), text.size());
    Name name;
    if (at < text.size() && text[at] == '"') {
        for (++at;; ++at) {
            if (at >= text.size())
                return std::nullopt;  // without its end
            if (text[at] == '"' && (++at >= text.size() || text[at] != '"'))
                break;
            name.text += text[at];
        }
    } else {
        for (; at < text.size() && std::string_view(",.\"").find(text[at]) == std::string_view::npos &&
               space.find(text[at]) == std::string_view::npos;
             ++at) {
            name.is_literal = name.is_literal && text[at] != '*';
            name.text += text[at] >= 'A' && text[at] <= 'Z' ? static_cast<char>(text[at] - 'A' + 'a') : text[at];
        }
    }
    at = std::min(text.find_first_not_of(space, at), text.size());
    return name.text.empty() ? std::nullopt : std::optional(std::move(name));
}

// After a mismatch only the last * takes one character more: earlier ones need not, so there is no exponential case.
bool TablePattern::Name::matches(std::string_view name) const {
    if (is_literal)
        return text == name;
    std::size_t at = 0;
    std::size_t name_at = 0;
    std::size_t star = text.size();  // none yet
    std::size_t star_name_at = 0;
    while (name_at < name.size()) {
        if (at < text.size() && text[at] == '*') {
            star = at++;
            star_name_at = name_at;
        } else if (at < text.size() && text[at] == name[name_at]) {
            ++at;
            ++name_at;
        } else if (star < text.size()) {
            at = star + 1;
            name_at = ++star_name_at;
        } else {
            return false;
        }
    }
    while (at < text.size() && text[at] == '*')
        ++at;
    return at == text.size();
}

}  // namespace glassflow::postgres
