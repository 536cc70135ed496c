// A ddl record -> the rest of its line.
#pragma once

#include "frame_reader.h"

namespace glassflow {

// Reads the elements after the LSN.
void append_ddl(StringInfo line, FrameReader& frame);

}  // namespace glassflow
