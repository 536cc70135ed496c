// What the program's exit code says.
#pragma once

namespace glassflow::command {

enum class ExitCode : int {
    done = 0,
    failed = 1,     // while running
    usage = 2,      // wrong usage or configuration
    preflight = 3,  // something that must hold before the first row does not
};

}  // namespace glassflow::command
