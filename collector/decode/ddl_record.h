// A ddl record -> the content of the logical message that a schema change is told as: one JSON object.
#pragma once

#include <string>

#include "decode/frame_cursor.h"

namespace glassflow::decode {

inline constexpr std::string_view ddl_message_prefix = "glassflow.ddl";

// Reads the elements after the LSN, of which there are as many, into content.
void read_ddl(FrameCursor& cursor, std::uint32_t elements, std::string& content);

}  // namespace glassflow::decode
