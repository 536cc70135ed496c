// Every precondition that `check` looks at: the one table behind its names, its reasons and docs/checks.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "postgres/preflight/finding.h"

namespace glassflow::postgres {

struct CheckDescription {
    Check check;
    std::string_view name;   // in --json, and at the beginning of a line
    std::string_view looks;  // at what: a phrase
    std::string_view why;    // it matters: full sentences
};

std::span<const CheckDescription> check_table();
const CheckDescription& description_of(Check check);

// docs/checks.md
std::string checks_markdown();

}  // namespace glassflow::postgres
