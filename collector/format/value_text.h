// A column value -> the text Postgres prints for it.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"

namespace glassflow::format {

// What the type's output function prints under DateStyle = ISO, IntervalStyle = postgres, TimeZone = UTC, bytea_output
// = hex, extra_float_digits = 1. That is `column::text` but for booleans (t and f), char(n) (padded) and inet (whose
// cast adds /32). For values that have a text: not for null, unchanged_toast and too_large. A text that is not UTF-8 is
// appended as it is, alone or within; a nested value whose text is too large (see nested_text.h) throws.
void append_postgres_text(std::string& out, const event::Value& value, const event::Column& column);

}  // namespace glassflow::format
