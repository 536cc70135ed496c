// The forms an event can take, by the names a person uses for them.
#pragma once

#include <cstdint>

namespace glassflow::format {

enum class FormatName : std::uint8_t { envelope, wal2json, flat, row };

// How arrays look in them: a string with the JSON text of an array, or an array.
enum class ArrayStyle : std::uint8_t { text, native };

}  // namespace glassflow::format
