// A happening -> one line of text, for a person or as a JSON object.
//
// Pure: the time is passed in. Whatever bytes the message or a fact holds, the result is one line of valid UTF-8
// without control characters, so a value that came from outside can neither forge a line nor drive a terminal.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "log/log.h"

namespace glassflow::log {

using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

// No trailing newline. Text: `2026-01-31T12:00:00.000Z info    message key=value other="two words"`.
std::string text_line(TimePoint time, Level level, std::string_view message, std::initializer_list<Fact> facts);
// {"time":"2026-01-31T12:00:00.000Z","level":"info","message":"...","key":"value","number":1}
std::string json_line(TimePoint time, Level level, std::string_view message, std::initializer_list<Fact> facts);

std::string_view level_name(Level level);

}  // namespace glassflow::log
