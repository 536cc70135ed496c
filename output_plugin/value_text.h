// Wire values as they stand in a line of glassflow.decode(): null, true, 42, 12.50, 'text', \xbytes, 2024-01-31,
// infinity, B'01', {1,2}, {"a": 1}, unchanged, too large (5 bytes). A value that came as its text instead of its
// encoding's own form is quoted as text is.
#pragma once

#include "frame_reader.h"
#include "value_type.h"

namespace glassflow {

// Reads one value; one that its type cannot hold is an ERROR.
void append_value(StringInfo line, FrameReader& frame, const ValueType& type);
// Of a relation nobody described: by the MessagePack type alone.
void append_value(StringInfo line, FrameReader& frame);
// str, or bin that is not UTF-8: what is no column but is written like one of encoding text.
void append_text(StringInfo line, FrameReader& frame);
// Of a logical message, whose bytes are most often a text.
void append_content(StringInfo line, FrameReader& frame);

}  // namespace glassflow
