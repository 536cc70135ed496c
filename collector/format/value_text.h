// A column value -> the text Postgres prints for it.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"

namespace glassflow::format {

// Postgres' output under TimeZone = UTC, DateStyle = ISO, bytea_output = hex: booleans t and f, bytea with its \x.
// For values that have a text: not for null, unchanged_toast and too_large, nor for bytes in a column of encoding text.
void append_postgres_text(std::string& out, const event::Value& value, const event::Column& column);

// Is text what RFC 8259 calls a number? So are all finite numerics that Postgres prints.
bool is_json_number(std::string_view text);

}  // namespace glassflow::format
