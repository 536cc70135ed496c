// ISO 8601 text -> the server's dates and timestamps. It depends on no setting and raises no ERROR, unlike the server's
// own parser; 'now' and its like, which mean something else each time, it does not know.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <string_view>

namespace glassflow {

enum class ZoneRule : std::uint8_t { refused, allowed };

// "2024-01-31", "infinity", "-infinity", "0044-03-15 BC" -> days since 2000-01-01; false when it is none.
bool read_iso_date(std::string_view text, std::int64_t& days);

// "2024-01-31 23:59:59.25", also with T between, without seconds or without a time -> microseconds since 2000-01-01.
// With zones allowed it may end with Z, +02, +0530 or -03:30, and is in UTC without one.
bool read_iso_timestamp(std::string_view text, ZoneRule zone, std::int64_t& microseconds);

}  // namespace glassflow
