// `check`: everything that `run` needs and everything that is known to go wrong, looked at one by one, nothing changed.
#pragma once

#include "command/exit_code.h"
#include "config/configuration_loader.h"

namespace glassflow::command {

struct CheckArguments {
    config::Sources sources;
    bool is_json = false;
};

ExitCode check(const CheckArguments& arguments);

}  // namespace glassflow::command
