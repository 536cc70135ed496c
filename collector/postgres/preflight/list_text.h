// Lists for a person and for Postgres.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace glassflow::postgres {

// "a, b, c and 7 more"
inline std::string list_text(const std::vector<std::string>& names, std::size_t shown = 5) {
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, names.size()); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > shown)
        text += " and " + std::to_string(names.size() - shown) + " more";
    return text;
}

// An array literal: {"a","b\"c"}
inline std::string array_literal(const std::vector<std::string>& names) {
    std::string text = "{";
    for (const std::string& name : names) {
        text += text.size() == 1 ? "\"" : ",\"";
        for (const char c : name) {
            if (c == '"' || c == '\\')
                text += '\\';
            text += c;
        }
        text += '"';
    }
    return text + "}";
}

// The value of a list setting, as SHOW prints it, -> its names: separated by commas, those in double quotes as they
// are, the others folded to lower case.
inline std::vector<std::string> parse_name_list(std::string_view text) {
    std::vector<std::string> names;
    std::string name;
    bool is_quoted = false;
    bool was_quoted = false;
    const auto end_name = [&] {
        if (!name.empty() || was_quoted)
            names.push_back(name);
        name.clear();
        was_quoted = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            if (is_quoted && i + 1 < text.size() && text[i + 1] == '"') {
                name += '"';
                ++i;
            } else {
                is_quoted = !is_quoted;
                was_quoted = true;
            }
        } else if (is_quoted) {
            name += c;
        } else if (c == ',') {
            end_name();
        } else if (c != ' ' && c != '\t' && c != '\n') {
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    end_name();
    return names;
}

}  // namespace glassflow::postgres
