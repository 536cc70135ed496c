// Arrays, composites and ranges -> their text, as PostgreSQL's output functions print them: {1,2,NULL}, (1,"x y"),
// [1,5), {[1,2),[4,)}.
#pragma once

#include "frame_reader.h"
#include "value_type.h"

namespace glassflow {

// value was read last; what is in it is read here. Anything but what type describes is an ERROR. Appends UTF-8, with
// control characters as they are. Recursion follows the type, which is bounded.
void append_nested(StringInfo text, FrameReader& frame, const WireValue& value, const ValueType& type);

}  // namespace glassflow
