// Days and microseconds since 2000-01-01, and since midnight -> text, in the two styles that destinations want.
//
// The calendar is the proleptic Gregorian one of Postgres, for every value it can hold and beyond (any int64 is safe).
// The year before 1 is 1 BC. RFC 3339 knows the years 1 to 9999 only (0 would be 1 BC, but hardly anything reads it):
// outside them, append_rfc3339_* writes what Postgres prints.
#pragma once

#include <cstdint>
#include <string>

namespace glassflow::format {

// As Postgres prints with DateStyle ISO and TimeZone UTC: "2024-02-29", "0044-03-15 BC", "2024-02-29 12:34:56.5",
// "2024-02-29 12:34:56.5+00", "0044-03-15 12:00:00+00 BC".
void append_date(std::string& out, std::int64_t days);
void append_timestamp(std::string& out, std::int64_t microseconds);
void append_timestamptz(std::string& out, std::int64_t microseconds);

// "12:34:56.5"; a day is 24:00:00, and hours go on beyond it. With a zone, in seconds west of UTC: "12:34:56.5+05:30".
void append_time(std::string& out, std::uint64_t microseconds);
void append_timetz(std::string& out, std::uint64_t microseconds, std::int32_t zone_seconds_west);

// "2024-02-29T12:34:56.500000" and, in UTC, "2024-02-29T12:34:56.500000Z"; always with microseconds.
void append_rfc3339_timestamp(std::string& out, std::int64_t microseconds);
void append_rfc3339_timestamptz(std::string& out, std::int64_t microseconds);

}  // namespace glassflow::format
