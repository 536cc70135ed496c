// How a column's values are written, as its relation record says: what value_text.h reads and prints them by.
#pragma once

#include "frame_reader.h"
#include "wire_format.h"

namespace glassflow {

struct ValueType {
    wire::Encoding encoding = wire::Encoding::text;
    std::uint32_t oid = 0;
    std::uint32_t scale = 0;       // of decimal
    std::uint32_t part_count = 0;  // of array, range and multirange 1: element or bound; of composite: its fields
    ValueType* parts = nullptr;    // types of the parts
};

const char* encoding_name(wire::Encoding encoding);

// An encoding that nobody knows is an ERROR: its values could not be read.
wire::Encoding read_encoding(FrameReader& frame);

// Reads the detail of one column's type, with all the types within it, into context. Their number and depth are bounded
// before anything is allocated or called.
class DetailReader {
public:
    DetailReader(FrameReader& frame, MemoryContext context) : frame_(frame), context_(context) {}

    // The encoding of type is known; remaining: elements left of the array that the detail is in. Appends the encoding
    // to line: "decimal(2)", "array of integer", "composite (a integer, b text)".
    void read(ValueType& type, std::uint32_t& remaining, StringInfo line) { read(type, remaining, line, 0); }

private:
    void read(ValueType& type, std::uint32_t& remaining, StringInfo line, std::uint32_t depth);
    void read_part(ValueType& part, std::uint32_t remaining, StringInfo line, std::uint32_t depth);
    void read_fields(ValueType& type, StringInfo line, std::uint32_t depth);
    void add_parts(ValueType& type, std::uint32_t count, std::uint32_t depth);

    FrameReader& frame_;
    MemoryContext context_;
    std::uint32_t type_count_ = 0;  // within the column's own
};
static_assert(std::is_trivially_destructible_v<DetailReader>);

}  // namespace glassflow
