// Text -> typed value and back, for the kinds an option can have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/option_table.h"

namespace glassflow::config {

// nullopt when text is not wholly such a value. Case-insensitive: true, false, yes, no, on, off, 1, 0.
std::optional<bool> parse_boolean(std::string_view text);
std::optional<std::uint64_t> parse_integer(std::string_view text);      // decimal digits alone
std::optional<std::uint64_t> parse_duration_ms(std::string_view text);  // 500ms, 10s, 5m, 2h: whole numbers with a unit
std::optional<std::uint64_t> parse_size_bytes(std::string_view text);   // 65536, 64KiB, 64MiB, 1GiB, 1TiB

// Comma-separated; a comma within double quotes does not separate. Blanks around an element are cut.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

std::string duration_text(std::uint64_t milliseconds);  // "10s": the largest unit that loses nothing
std::string size_text(std::uint64_t bytes);             // "64MiB"
// What option's field holds, as a person would write it; a list as its comma-separated elements.
std::string field_text(const Option& option, const Field& field);

// For an error: in double quotes, bounded, control characters and what is not UTF-8 replaced by "?".
std::string excerpt(std::string_view text);

// What the option accepts, for errors and docs: "an integer from 1 to 65535", "one of a, b".
std::string expectation(const Option& option);

}  // namespace glassflow::config
