// What the first part of a range says about its bounds; the numbers are PostgreSQL's own, and the wire's.
#pragma once

#include <cstdint>

namespace glassflow::event {

inline constexpr std::int64_t range_empty = 1;
inline constexpr std::int64_t range_lower_inclusive = 2;
inline constexpr std::int64_t range_upper_inclusive = 4;
inline constexpr std::int64_t range_lower_infinite = 8;  // then the bound is not among the parts
inline constexpr std::int64_t range_upper_infinite = 16;

}  // namespace glassflow::event
