// Text -> is it what RFC 8259 calls a number? So are all finite numerics that Postgres prints.
#pragma once

#include <string_view>

namespace glassflow::event {

bool is_json_number(std::string_view text);

}  // namespace glassflow::event
