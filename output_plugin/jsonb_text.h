// jsonb -> the text that jsonb_out prints, byte for byte, without its copies of every key and string.
#pragma once

#include "frame_buffer.h"

namespace glassflow {

// Appends to text, in the database's encoding. false, and nothing appended, for a document that is nested too deeply
// for a walk by recursion. The caller has made sure that the text fits: it may be some thousand times larger than
// document.
bool append_jsonb(FrameBuffer& text, const Jsonb* document);

}  // namespace glassflow
