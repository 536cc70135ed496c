// A name from a catalog as an identifier in SQL that a person reads: nothing in it steers a terminal, so that what is
// shown is what is run.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace glassflow::postgres {

// "name", or U&"na\000Ame" when there are control characters in it (for standard_conforming_strings, the default).
inline std::string sql_identifier(std::string_view name) {
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
    bool has_control = false;
    for (const char c : name)
        has_control = has_control || is_control(c);
    std::string quoted = has_control ? "U&\"" : "\"";
    for (const char c : name) {
        if (c == '"' || (c == '\\' && has_control)) {
            quoted += {c, c};
        } else if (is_control(c)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\%04X", static_cast<unsigned>(c));
            quoted += escape.data();
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

inline std::string sql_identifier(std::string_view schema, std::string_view table) {
    return sql_identifier(schema) + "." + sql_identifier(table);
}

}  // namespace glassflow::postgres
