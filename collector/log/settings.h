// What a person can set about logging.
#pragma once

#include <cstdint>

namespace glassflow::log {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Style : std::uint8_t { automatic, text, json };  // automatic: text on a terminal, JSON otherwise

struct LogSettings {
    Level level = Level::info;
    Style style = Style::automatic;
};

}  // namespace glassflow::log
