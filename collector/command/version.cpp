// The protocol version is the one of the header that the plugin is compiled with, too.
#include "command/version.h"

#include <libpq-fe.h>

#include <iostream>

#include "command/argument_parser.h"
#include "wire_format.h"

namespace glassflow::command {

ExitCode version_command(const Invocation& invocation) {
    ArgumentParser parser("version", "Prints the versions of the program, its protocol and libpq.");
    if (const auto ended = parser.parse_arguments(invocation.arguments)) {
        return *ended;
    }
    const int libpq = PQlibVersion();  // 150020 is 15.20
    std::cout << "glassflow-collector " << GLASSFLOW_VERSION << "\nwire protocol " << wire::protocol_version
              << "\nlibpq " << libpq / 10000 << '.' << libpq % 10000 << '\n';
    return ExitCode::done;
}

}  // namespace glassflow::command
