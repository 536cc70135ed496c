#include "glassflow/names.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace glassflow::etl {

namespace {

constexpr std::size_t id_bytes_max = 40;
constexpr std::size_t id_bytes_min = 5;
constexpr std::size_t identifier_bytes_max = 63;
// A table's name becomes that of a directory, each byte that is no letter, digit or _ as %XX.
constexpr std::size_t file_name_bytes_max = 180;
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '_';
}
bool is_non_ascii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}
bool is_utf8_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// How many bytes the character at a place has when it is a control character or one that some readers take for the end
// of a line, the end of a text or nothing; 0 when it is none.
std::size_t awkward_bytes(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7f)
        return 1;
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0xa0)
        return 2;  // C1 controls, no-break space
    if (byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9))
        return 3;  // line and paragraph separator
    if (byte(0) == 0xef && ((byte(1) == 0xbb && byte(2) == 0xbf) || (byte(1) == 0xbf && byte(2) >= 0xbe)))
        return 3;  // byte order mark, no characters
    return 0;
}

// FNV-1a: to tell names apart, not to keep secrets.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return hash ^ (hash >> 32);
}

std::string hex(std::uint64_t value, int digits) {
    std::string text;
    for (int i = digits - 1; i >= 0; --i)
        text += hex_digits[(value >> (4 * i)) & 15];
    return text;
}

std::size_t file_name_bytes(std::string_view name) {
    std::size_t bytes = 0;
    for (const char c : name)
        bytes += is_word(c) ? 1 : 3;
    return bytes;
}

// Lower case; every run of other characters is one -.
std::string slug(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (is_lower(c) || is_digit(c))
            made += c;
        else if (is_upper(c))
            made += static_cast<char>(c - 'A' + 'a');
        else if (!made.empty() && made.back() != '-')
            made += '-';
    }
    while (made.ends_with('-'))
        made.pop_back();
    return made;
}

// Whether slug(schema)-slug(table) can only come from this schema and this table.
bool is_told_by_slugs(std::string_view schema, std::string_view table) {
    const bool is_schema =
        !schema.empty() && std::ranges::all_of(schema, [](char c) { return is_lower(c) || is_digit(c); });
    bool is_table = !table.empty() && table.front() != '_' && table.back() != '_';
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool is_single_underscore = table[i] == '_' && (i == 0 || table[i - 1] != '_');
        is_table = is_table && (is_lower(table[i]) || is_digit(table[i]) || is_single_underscore);
    }
    return is_schema && is_table;
}

constexpr std::array<std::string_view, 14> expression_words = {"in",       "not",        "and",      "or",  "matches",
                                                               "contains", "startsWith", "endsWith", "let", "if",
                                                               "else",     "true",       "false",    "nil"};

bool is_expression_identifier(std::string_view text) {
    return !text.empty() && !is_digit(text.front()) && std::ranges::all_of(text, is_word) &&
           std::ranges::find(expression_words, text) == expression_words.end();
}

}  // namespace

std::string clickhouse_name(std::string_view name) {
    std::string made;
    for (std::size_t at = 0; at < name.size();) {
        const std::size_t awkward = awkward_bytes(name, at);
        const char c = name[at];
        made += awkward == 0 && (is_word(c) || is_non_ascii(c) || c == '-') ? c : '_';
        at += std::max<std::size_t>(awkward, 1);
    }
    if (made.empty())
        made = "_";
    if (file_name_bytes(made) <= file_name_bytes_max)
        return made;
    const std::string suffix = "_" + hex(hash_of(name), 16);
    while (file_name_bytes(made) + suffix.size() > file_name_bytes_max || is_utf8_continuation(made.back())) {
        const bool was_continuation = is_utf8_continuation(made.back());
        made.pop_back();
        if (!was_continuation && file_name_bytes(made) + suffix.size() <= file_name_bytes_max)
            break;
    }
    return made + suffix;
}

std::string quote_name(std::string_view name) {
    std::string quoted = "`";
    for (const char c : name) {
        if (c == '`' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + "`";
}

std::string quote_string(std::string_view text) {
    std::string quoted = "'";
    std::size_t awkward = 0;  // bytes of it that are left
    for (std::size_t at = 0; at < text.size(); ++at) {
        awkward = awkward > 1 ? awkward - 1 : awkward_bytes(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        if (text[at] == '\'' || text[at] == '\\')
            quoted += '\\';
        if (awkward > 0)
            quoted += std::string("\\x") + hex_digits[byte >> 4] + hex_digits[byte & 15];
        else
            quoted += text[at];
    }
    return quoted + "'";
}

std::string expression_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (byte < 0x20 || byte == 0x7f)
            quoted += std::string("\\x") + hex_digits[byte >> 4] + hex_digits[byte & 15];
        else
            quoted += c;
    }
    return quoted + "\"";
}

std::string expression_field(std::string_view owner, std::string_view field) {
    std::string text = std::string(owner) + "?.";
    return is_expression_identifier(field) ? text + std::string(field) : text + "[" + expression_string(field) + "]";
}

std::string shown_name(std::string_view name) {
    constexpr std::size_t bytes_max = 130;  // schema.table of 63 bytes each
    std::string shown;
    std::size_t at = 0;
    while (at < name.size() && at < bytes_max) {
        const std::size_t awkward = awkward_bytes(name, at);
        shown += awkward == 0 ? name[at] : '?';
        at += std::max<std::size_t>(awkward, 1);
    }
    for (; at < name.size() && is_utf8_continuation(name[at]); ++at)
        shown += name[at];
    return shown + (at < name.size() ? "..." : "");
}

std::string plain_identifier(std::string_view name) {
    if (name.empty() || name.size() > identifier_bytes_max || is_digit(name.front()) ||
        !std::ranges::all_of(name, is_word))
        return {};
    return std::string(name);
}

std::string pipeline_id(std::string_view prefix, std::string_view schema, std::string_view table, bool is_wider) {
    std::string id;
    for (const std::string_view part : {prefix, schema, table}) {
        const std::string made = slug(part);
        id += (id.empty() || made.empty() ? "" : "-") + made;
    }
    if (id.empty() || !is_lower(id.front()))
        id = "p" + std::string(id.empty() ? "" : "-") + id;
    if (!is_wider && is_told_by_slugs(schema, table) && id.size() <= id_bytes_max && id.size() >= id_bytes_min)
        return id;
    std::string whole(schema);
    whole += '\0';
    whole += table;
    const std::string suffix = "-" + hex(hash_of(whole), is_wider ? 16 : 8);
    id.resize(std::min(id.size(), id_bytes_max - suffix.size()));
    while (id.ends_with('-'))
        id.pop_back();
    return id + suffix;
}

bool is_pipeline_id(std::string_view id) {
    const auto is_allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
    return id.size() >= id_bytes_min && id.size() <= id_bytes_max && is_lower(id.front()) && !id.ends_with('-') &&
           std::ranges::all_of(id, is_allowed) && id.find("--") == std::string_view::npos;
}

std::string UniqueNames::take(const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; !taken_.insert(name).second; ++number)
        name = wanted + "_" + std::to_string(number);
    return name;
}

}  // namespace glassflow::etl
