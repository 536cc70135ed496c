// Text and names that are safe on a terminal: control characters escaped, in the database's encoding. What is not UTF-8
// (bytes of SQL_ASCII databases) is shown in hex, \x61ff.
#pragma once

#include "pg_headers.h"

#include <string_view>

namespace glassflow {

bool is_utf8(std::string_view text);

void append_quoted(StringInfo line, std::string_view text);   // 'it\'s'
void append_name(StringInfo line, std::string_view name);     // as it is when simple, else "in quotes"
void append_escaped(StringInfo line, std::string_view text);  // without quotes
// Backslashes stay single: for text that already has its own way of escaping them.
void append_visible(StringInfo line, std::string_view text);
void append_hex(StringInfo line, std::string_view bytes);

}  // namespace glassflow
