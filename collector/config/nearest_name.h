// A mistyped name -> the known name that was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace glassflow::config {

// Empty when none of the known names is near: at most two typing errors, and fewer than half of the letters.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace glassflow::config
