// jsonb -> the document as MessagePack: objects as maps, in jsonb's own order of keys, numbers as int where they are
// one of 64 bits, otherwise as the extension json_number with the digits that jsonb_out prints.
#pragma once

#include "frame_buffer.h"

namespace glassflow {

// Appends the document of a database in UTF-8. false, and nothing appended, for one that is a scalar or is nested more
// deeply than wire::max_json_depth. The caller has made sure that it fits: its numbers may print some thousand times
// larger than document.
bool append_jsonb(FrameBuffer& buffer, const Jsonb* document);

}  // namespace glassflow
