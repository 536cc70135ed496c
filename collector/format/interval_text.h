// An interval -> the text Postgres prints for it with IntervalStyle = postgres: "1 year 2 mons -3 days +04:05:06.7".
#pragma once

#include <cstdint>
#include <string>

namespace glassflow::format {

// Any values are safe. Months are printed as years and months; days and microseconds stay what they are.
void append_interval(std::string& out, std::int32_t months, std::int32_t days, std::int64_t microseconds);

}  // namespace glassflow::format
