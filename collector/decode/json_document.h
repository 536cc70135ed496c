// A document of MessagePack -> its JSON text, as PostgreSQL prints jsonb: {"a": 1, "b": [true, null]}.
#pragma once

#include <string>

#include "decode/frame_cursor.h"

namespace glassflow::decode {

// Reads one map or array and appends its text to out, in one pass. Refuses what docs/wire_format.md does not allow in a
// document, and one that is nested deeper than wire::max_json_depth. Strings are taken as they are: whether all of the
// text is UTF-8 is for the caller to find out.
void append_json_document(FrameCursor& cursor, std::string& out);

// In quotes. Whether text is UTF-8 is for the caller to find out, here too.
void append_json_string(std::string& out, std::string_view text);

}  // namespace glassflow::decode
