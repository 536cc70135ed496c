// One table for each rule: which characters ask for quotes. Whitespace is that of ASCII.
#include "format/quoting.h"

#include <array>
#include <string_view>

namespace glassflow::format {

namespace {

using Characters = std::array<bool, 256>;

constexpr Characters special(std::string_view of_the_rule) {
    Characters characters{};
    for (const char character : std::string_view("\"\\ \t\n\v\f\r"))
        characters[static_cast<std::uint8_t>(character)] = true;
    for (const char character : of_the_rule)
        characters[static_cast<std::uint8_t>(character)] = true;
    return characters;
}

// In the order of Quoting.
constexpr std::array rules{special("{},"), special("{};"), special("(),"), special("()[],")};

const Characters& rule_of(Quoting quoting) {
    return rules[static_cast<std::size_t>(quoting)];
}

bool is_array(Quoting quoting) {
    return quoting == Quoting::array || quoting == Quoting::semicolon_array;
}

bool is_escaped(char character) {
    return character == '"' || character == '\\';
}

// In an array, whatever its case: there it would be read as NULL.
bool is_null_word(std::string_view text) {
    constexpr std::string_view word = "null";
    if (text.size() != word.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if ((text[i] | 0x20) != word[i])
            return false;
    }
    return true;
}

}  // namespace

void quote_tail(std::string& out, std::size_t start, Quoting quoting) {
    const Characters& asks_for_quotes = rule_of(quoting);
    bool is_needed = out.size() == start;
    std::size_t escapes = 0;
    for (std::size_t i = start; i < out.size(); ++i) {
        is_needed |= asks_for_quotes[static_cast<std::uint8_t>(out[i])];
        escapes += is_escaped(out[i]) ? 1 : 0;
    }
    if (!is_needed && !(is_array(quoting) && is_null_word(std::string_view(out).substr(start))))
        return;
    // From the back, so that nothing is overwritten before it was moved.
    std::size_t from = out.size();
    out.resize(out.size() + escapes + 2);
    std::size_t to = out.size();
    out[--to] = '"';
    while (from > start) {
        const char character = out[--from];
        out[--to] = character;
        if (is_escaped(character))
            out[--to] = is_array(quoting) ? '\\' : character;
    }
    out[--to] = '"';
}

}  // namespace glassflow::format
