// A look and its rates -> text for a terminal, or JSON (docs/setup.md). Pure.
#pragma once

#include <string>

#include "command/status_look.h"

namespace glassflow::command {

std::string status_report_text(const StatusLook& look, const StatusRates& rates);
// In several lines, or on one for a stream of them; ends with a line feed.
std::string status_report_json(const StatusLook& look, const StatusRates& rates, bool is_on_one_line);

}  // namespace glassflow::command
