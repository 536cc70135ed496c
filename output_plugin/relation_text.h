// A relation record -> its line, and what the lines of its rows need.
#pragma once

#include "value_type.h"

namespace glassflow {

struct RelationText {
    struct Column {
        char* name;  // as shown
        ValueType type;
    };

    std::uint32_t id;       // hash key: stays first
    MemoryContext context;  // owns the rest
    char* name;             // as shown
    char identity;
    std::uint32_t column_count;
    Column* columns;
    std::uint32_t key_count;
    std::uint32_t* key;
};

// Reads the elements after the relation id, whose id and context are set, and appends them to line.
void read_relation(FrameReader& frame, RelationText& relation, StringInfo line, bool has_positions);

}  // namespace glassflow
