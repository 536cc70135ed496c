// A column value -> the text Postgres prints for it.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"

namespace glassflow::format {

// Postgres' output under DateStyle = ISO, IntervalStyle = postgres, TimeZone = UTC, bytea_output = hex,
// extra_float_digits = 1: what `column::text` prints, but for booleans, which are t and f here, and for char(n), which
// keeps its padding. For values that have a text: not for null, unchanged_toast and too_large. A text that is not UTF-8
// is appended as it is, alone or within; a nested value whose text is too large (see nested_text.h) throws.
void append_postgres_text(std::string& out, const event::Value& value, const event::Column& column);

}  // namespace glassflow::format
