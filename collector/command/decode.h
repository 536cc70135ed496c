// `decode`: frames as text -> events, to see what a slot holds without consuming it.
//
//   psql -At -c "SELECT data FROM pg_logical_slot_peek_binary_changes('orders_slot', NULL, NULL)" | glassflow-collector
//   decode
#pragma once

#include <istream>
#include <ostream>

#include "command/command_table.h"
#include "format/format_name.h"

namespace glassflow::command {

// One frame per line of in, in hexadecimal as psql prints bytea (\x...); blank lines are skipped. One event per line of
// out. What is wrong is told with the line, and ends it: what follows could not be understood without it.
ExitCode decode_frames(std::istream& in, std::ostream& out, format::FormatName format);

ExitCode decode_command(const Invocation& invocation);

}  // namespace glassflow::command
