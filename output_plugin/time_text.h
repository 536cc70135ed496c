// Days, times and intervals as PostgreSQL prints them under DateStyle ISO and IntervalStyle postgres. A number that is
// past the type's limits is shown as it is, "day 2147483647".
#pragma once

#include "pg_headers.h"

#include <cstdint>

namespace glassflow {

void append_date(StringInfo text, std::int64_t days);
void append_timestamp(StringInfo text, std::int64_t time_us, bool has_zone);  // the zone is UTC
void append_time(StringInfo text, std::int64_t time_us);
void append_zone(StringInfo text, std::int32_t seconds_west);
void append_interval(StringInfo text, std::int32_t months, std::int32_t days, std::int64_t time_us);

}  // namespace glassflow
