// The forms an event can take, by the names a person uses for them.
#pragma once

#include <cstdint>

namespace glassflow::format {

enum class FormatName : std::uint8_t { envelope, wal2json };

}  // namespace glassflow::format
