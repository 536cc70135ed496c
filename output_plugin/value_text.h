// Wire values and names as text that is safe on a terminal: quoted where it is data, control characters escaped, in the
// database's encoding.
#pragma once

#include "frame_reader.h"
#include "wire_format.h"

namespace glassflow {

// nullptr when there is no such encoding.
const char* encoding_name(std::uint64_t encoding);

// Reads one value; one that its encoding cannot hold is an ERROR.
void append_value(StringInfo line, FrameReader& frame, wire::Encoding encoding);
// Of a relation nobody described: by the MessagePack type alone.
void append_value(StringInfo line, FrameReader& frame);
// Of a logical message, whose bytes are most often a text.
void append_content(StringInfo line, FrameReader& frame);

void append_timestamp(StringInfo line, std::int64_t time_us, bool has_zone);
void append_quoted(StringInfo line, std::string_view text);   // 'it\'s'
void append_name(StringInfo line, std::string_view name);     // as it is when simple, else "in quotes"
void append_escaped(StringInfo line, std::string_view text);  // without quotes

}  // namespace glassflow
