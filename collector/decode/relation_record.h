// The elements of a relation record -> event::Relation.
#pragma once

#include <string>
#include <string_view>

#include "decode/frame_cursor.h"
#include "event/relation.h"

namespace glassflow::decode {

// Reads what follows the tag of a relation record; elements is how many that are. Everything that rows are later read
// by is checked here: encodings are known, key positions exist, names and types are there.
event::Relation read_relation(FrameCursor& cursor, std::uint32_t elements);

// A name as events carry it: text. Bytes that are not UTF-8 (of an SQL_ASCII database) are escaped.
std::string name_text(std::string_view bytes);

// "schema"."table" for messages.
std::string quoted_name(const event::Relation& relation);

}  // namespace glassflow::decode
