#include "postgres/mask_rule.h"

#include <algorithm>
#include <array>
#include <string>

namespace glassflow::postgres {

namespace {

constexpr std::string_view space = " \t\n\r\f\v";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(space);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// Of the first such character that is in no quotes; npos when there is none.
std::size_t find_unquoted(std::string_view text, std::string_view characters) {
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quote != 0)
            quote = text[i] == quote ? '\0' : quote;
        else if (text[i] == '"' || text[i] == '\'')
            quote = text[i];
        else if (characters.find(text[i]) != std::string_view::npos)
            return i;
    }
    return std::string_view::npos;
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lowered;
}

// With its argument, which the plugin judges.
bool is_mask(std::string_view text) {
    constexpr std::array with_argument{"redact", "keep_last", "truncate"};
    const std::size_t open = find_unquoted(text, "(");
    const std::string word = lower(trimmed(text.substr(0, open)));
    if (open == std::string_view::npos)
        return word == "null" || word == "hash";
    return text.back() == ')' && std::ranges::find(with_argument, word) != with_argument.end();
}

}  // namespace

std::optional<MaskRule::Column> MaskRule::parse_column(std::string_view text) {
    const std::size_t equals = find_unquoted(text, "=");
    if (equals == std::string_view::npos)
        return std::nullopt;
    const std::string_view mask = trimmed(text.substr(equals + 1));
    const std::string_view name = text.substr(0, equals);
    std::size_t at = 0;
    auto parsed = TablePattern::parse_name(name, at);
    if (!parsed || at != name.size() || !is_mask(mask))
        return std::nullopt;
    return Column{std::move(*parsed), lower(mask) == "null"};
}

std::optional<MaskRule> MaskRule::parse(std::string_view text) {
    const std::size_t colon = find_unquoted(text, ":");
    if (colon == std::string_view::npos || find_unquoted(text, ";") != std::string_view::npos)
        return std::nullopt;
    auto table = TablePattern::parse(text.substr(0, colon));
    if (!table)
        return std::nullopt;
    MaskRule rule;
    rule.table_ = std::move(*table);
    for (std::string_view rest = text.substr(colon + 1);;) {
        const std::size_t comma = find_unquoted(rest, ",");
        auto column = parse_column(rest.substr(0, comma));
        if (!column)
            return std::nullopt;
        rule.columns_.push_back(std::move(*column));
        if (comma == std::string_view::npos)
            return rule;
        rest.remove_prefix(comma + 1);
    }
}

void MaskRule::apply(TableDescription& table) const {
    if (!table_.matches(table.schema, table.name))
        return;
    for (ColumnDescription& described : table.columns) {
        const auto masked =
            std::ranges::find_if(columns_, [&](const Column& column) { return column.name.matches(described.name); });
        if (masked == columns_.end())
            continue;
        described.type = ColumnType{};
        described.type.text = "text";
        described.type.schema = "pg_catalog";
        described.type.name = "text";
        described.is_not_null = described.is_not_null && !masked->is_null;
    }
}

}  // namespace glassflow::postgres
