// One value that is not made of others -> its text, as PostgreSQL's output function for the type prints it under
// DateStyle ISO, IntervalStyle postgres and TimeZone UTC. What the type could not hold, a day past its calendar, is
// shown as its number.
#pragma once

#include "frame_reader.h"
#include "value_type.h"

namespace glassflow {

// Whether value is the text that may stand in place of the encoding's own form.
bool is_text_instead(const WireValue& value, wire::Encoding encoding);

// value was read last; further elements of it are read here. One that its encoding cannot hold is an ERROR. Texts are
// appended as they are.
void append_scalar(StringInfo text, FrameReader& frame, const WireValue& value, wire::Encoding encoding,
                   std::uint32_t scale);
// The text of an extension value.
void append_extension(StringInfo text, const FrameReader& frame, const WireValue& value);
// Checked against what the encoding has room for.
void append_extension(StringInfo text, const FrameReader& frame, const WireValue& value, wire::Encoding encoding);

// By the MessagePack type alone.
void append_integer(StringInfo text, const WireValue& value);
void append_float4(StringInfo text, float number);
void append_float8(StringInfo text, double number);

[[noreturn]] void refuse_value(const FrameReader& frame, wire::Encoding encoding);

}  // namespace glassflow
