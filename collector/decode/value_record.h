// The elements of a row -> event::Value, by the encodings of their columns.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/frame_cursor.h"
#include "decode/row_memory.h"
#include "event/relation.h"
#include "event/value.h"

namespace glassflow::decode {

// Reads the values of one row, one after the other. Views and parts of the values point into the frame or into memory.
class ValueReader {
public:
    ValueReader(FrameCursor& cursor, const event::Relation& relation, RowMemory& memory)
        : cursor_(cursor), relation_(relation), memory_(memory) {}

    // Refuses an element that the column's encoding does not allow, at any depth, with a message that names the column.
    event::Value read(const event::Column& column);

private:
    // A value that is part of another: NULL, infinity, or of one of the forms below.
    bool read_within(const event::Column& type, event::Value& value);

    // type is the column's, or one within it; found is what is at the cursor. Each takes one element; false when it is
    // not what the encoding allows.
    bool read_form(const event::Column& type, FrameCursor::Type found, event::Value& value);
    bool read_plain(const event::Column& type, FrameCursor::Type found, event::Value& value);
    bool read_native(const event::Column& type, FrameCursor::Type found, event::Value& value);
    bool read_text_form(const event::Column& type, FrameCursor::Type found, event::Value& value);
    bool read_document(event::Value& value);

    // nested_record.cpp
    bool read_numbers(std::size_t count, event::Value& value);
    bool read_time_with_zone(event::Value& value);
    bool read_interval(event::Value& value);
    bool read_array(const event::Column& type, event::Value& value);
    bool read_shape(std::uint64_t elements, event::Value& shape);
    bool read_composite(const event::Column& type, event::Value& value);
    bool read_range(const event::Column& type, event::Value& value);
    bool read_multirange(const event::Column& type, event::Value& value);

    event::Value read_extension(const event::Column& column);
    [[noreturn]] void refuse(std::string_view problem, const event::Column& column, std::size_t offset) const;

    FrameCursor& cursor_;
    const event::Relation& relation_;
    RowMemory& memory_;
};

// The size in an extension `too_large`; refuses anything else.
std::uint64_t read_too_large(FrameCursor& cursor, std::string_view what);

}  // namespace glassflow::decode
