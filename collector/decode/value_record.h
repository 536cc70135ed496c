// One element of a row -> event::Value, by the encoding of its column.
#pragma once

#include "decode/frame_cursor.h"
#include "event/relation.h"
#include "event/value.h"

namespace glassflow::decode {

// Refuses an element that the column's encoding does not allow; relation and column are for the message. The value's
// view points into the frame.
event::Value read_value(FrameCursor& cursor, const event::Relation& relation, const event::Column& column);

// The size in an extension `too_large`; refuses anything else.
std::uint64_t read_too_large(FrameCursor& cursor, std::string_view what);

}  // namespace glassflow::decode
