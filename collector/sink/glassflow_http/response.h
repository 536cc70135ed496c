// What came back -> what to do with the payload. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sink/http/verdict.h"

namespace glassflow::sink {

// An answer. retry_after is the header's value, already a duration; body is (the beginning of) the answer's body.
Verdict classify_response(long status, std::string_view body, std::optional<std::chrono::seconds> retry_after);

// The text of {"detail":"text"}, bounded and printable, so that it can be shown; empty when the body is anything else.
std::string quote_detail(std::string_view body);

}  // namespace glassflow::sink
