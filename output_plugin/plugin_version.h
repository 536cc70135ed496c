// The version of the plugin: in the session record, and checked against CMakeLists.txt and glassflow.control by a test.
#pragma once

#include <string_view>

namespace glassflow {

inline constexpr std::string_view plugin_version = "0.1.0";

}  // namespace glassflow
