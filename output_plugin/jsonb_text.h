// jsonb -> the text that jsonb_out prints, byte for byte, without its copies of every key and string.
#pragma once

#include "frame_buffer.h"

namespace glassflow {

// Appends to text. Recurses as deep as the document is nested, with the server's check of the stack's depth.
void append_jsonb(FrameBuffer& text, const Jsonb* document);

}  // namespace glassflow
