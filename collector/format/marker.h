// What JSON cannot say about a value, said by an object in its place: never a null, never a look-alike string.
//
// No other value becomes an object (json columns are text), so a reader that does not expect one fails loudly.
#pragma once

#include <cstdint>
#include <string>

#include "event/change.h"
#include "event/relation.h"
#include "event/value.h"
#include "format/json_writer.h"

namespace glassflow::format {

// {"_too_large_bytes": N} for a value that did not fit a frame, {"_not_utf8_base64": "..."} for text of an SQL_ASCII
// database that is not UTF-8. False, and nothing written, when the value needs no marker.
bool write_marker(JsonWriter& writer, const event::Value& value, const event::Column& column);

// The former alone.
void write_size_marker(JsonWriter& writer, std::uint64_t size_bytes);

// An array, composite, range or multirange as a string, or as one of these markers: its text may turn out not to be
// UTF-8, or larger than Postgres could print it (then N is how much of it there was when that was found out).
bool is_nested(const event::Value& value, const event::Column& column);
void write_nested(JsonWriter& writer, const event::Value& value, const event::Column& column, std::string& scratch);

// The fields "prefix" and "content" of a logical message. One that is not UTF-8 is in base64 and followed by
// "<field>_encoding": "base64"; one that did not fit a frame is the marker {"_too_large_bytes": N}.
void write_message_fields(JsonWriter& writer, const event::LogicalMessage& message);

}  // namespace glassflow::format
