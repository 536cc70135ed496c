// A JSON document as MessagePack -> its text, as PostgreSQL prints jsonb.
#pragma once

#include "frame_reader.h"

namespace glassflow {

// value, a map or array, was read last; what is in it is read here. Appends UTF-8, with all control characters below
// U+0020 escaped as JSON has it.
void append_document(StringInfo text, FrameReader& frame, const WireValue& value);

}  // namespace glassflow
