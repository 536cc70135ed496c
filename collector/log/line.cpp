// One pass over the bytes serves both styles: what differs is only how a character that must not appear is written.
#include "log/line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace glassflow::log {
namespace {

enum class Quoting : std::uint8_t { bare, quoted };

struct Character {
    std::uint32_t code_point = 0;
    std::size_t size = 0;  // 0: the first byte begins no valid UTF-8 sequence
};

Character next_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) {
        return {};
    }
    std::uint32_t code_point = first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return {};
        }
        code_point = code_point << 6 | (byte(i) & 0x3fU);
    }
    const bool is_overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
    const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (is_overlong || is_surrogate || code_point > 0x10ffff) {
        return {};
    }
    return {code_point, size};
}

// C0, DEL and C1, and the two separators that some readers take for an end of line.
bool is_control(std::uint32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) || code_point == 0x2028 ||
           code_point == 0x2029;
}

void append_escaped(std::string& line, std::string_view text, Quoting quoting) {
    while (!text.empty()) {
        const Character character = next_character(text);
        if (character.size == 0) {
            line += "\xef\xbf\xbd";  // U+FFFD
            text.remove_prefix(1);
            continue;
        }
        if (character.code_point == '\n') {
            line += "\\n";
        } else if (character.code_point == '\t') {
            line += "\\t";
        } else if (is_control(character.code_point)) {
            fmt::format_to(std::back_inserter(line), "\\u{:04x}", character.code_point);
        } else if (quoting == Quoting::quoted && (character.code_point == '"' || character.code_point == '\\')) {
            line += '\\';
            line += static_cast<char>(character.code_point);
        } else {
            line += text.substr(0, character.size);
        }
        text.remove_prefix(character.size);
    }
}

void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    append_escaped(line, text, Quoting::quoted);
    line += '"';
}

void append_time(std::string& line, TimePoint time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    fmt::format_to(std::back_inserter(line), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                   fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (time - seconds).count());
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

}  // namespace

std::string_view level_name(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            break;
    }
    return "error";
}

std::string text_line(TimePoint time, Level level, std::string_view message, std::initializer_list<Fact> facts) {
    std::string line;
    append_time(line, time);
    fmt::format_to(std::back_inserter(line), " {:<7} ", level_name(level));
    append_escaped(line, message, Quoting::bare);
    for (const Fact& fact : facts) {
        line += ' ';
        append_escaped(line, fact.key, Quoting::bare);
        line += '=';
        if (needs_quotes(fact.value)) {
            append_quoted(line, fact.value);
        } else {
            append_escaped(line, fact.value, Quoting::bare);
        }
    }
    return line;
}

std::string json_line(TimePoint time, Level level, std::string_view message, std::initializer_list<Fact> facts) {
    std::string line = "{\"time\":\"";
    append_time(line, time);
    fmt::format_to(std::back_inserter(line), "\",\"level\":\"{}\",\"message\":", level_name(level));
    append_quoted(line, message);
    for (const Fact& fact : facts) {
        line += ',';
        append_quoted(line, fact.key);
        line += ':';
        if (fact.is_number) {
            line += fact.value;
        } else {
            append_quoted(line, fact.value);
        }
    }
    line += '}';
    return line;
}

}  // namespace glassflow::log
