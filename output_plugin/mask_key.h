// The setting glassflow.mask_key: the secret that values are hashed with, and schema changes are signed with.
//
// It exists only where the library is in shared_preload_libraries. Elsewhere the server takes the name for a
// placeholder, which every user may read, and set for his own session; a value from there is never used.
#pragma once

#include "pg_headers.h"

#include <string_view>

namespace glassflow {

inline constexpr std::size_t min_mask_key_bytes = 16;

// Called once, when the library is loaded.
void define_mask_key();

// Whether the library was loaded before any user came.
bool has_mask_key_setting();

// Empty when none is set. Valid as long as the process: it changes with a restart only.
std::string_view mask_key();

}  // namespace glassflow
