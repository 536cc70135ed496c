// Units that the bounds of options are written in.
#pragma once

#include <cstdint>

namespace glassflow::config {

inline constexpr std::uint64_t second_ms = 1000;
inline constexpr std::uint64_t minute_ms = 60 * second_ms;
inline constexpr std::uint64_t hour_ms = 60 * minute_ms;
inline constexpr std::uint64_t kibibyte = 1ULL << 10;
inline constexpr std::uint64_t mebibyte = 1ULL << 20;

}  // namespace glassflow::config
