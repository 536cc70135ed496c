// Accepted events go to standard output, one per line; everything else is said on standard error.
#include "command/sandbox.h"

#include <iostream>

#include "command/argument_parser.h"
#include "command/complaint.h"
#include "command/stop_signal.h"
#include "log/log.h"
#include "sandbox/sandbox.h"

namespace glassflow::command {

ExitCode sandbox_command(const Invocation& invocation) {
    sandbox::SandboxSettings settings;
    ArgumentParser parser("sandbox",
                          "Serves a local GlassFlow events endpoint until told to stop, and prints each event that it\n"
                          "accepts. Point a sink of type glassflow at it: url http://127.0.0.1:8090/v1.");
    parser.add_option("--listen", settings.listen, "Address and port; port 0 takes any free one.")
        ->capture_default_str();
    parser.add_option("--pipeline-id", settings.pipeline_id, "The one pipeline it has.")->capture_default_str();
    parser
        .add_option("--access-token", settings.access_token,
                    "The token it wants. It shows in the process list: use no real one.")
        ->capture_default_str();
    parser.add_option("--record", settings.record_path, "File that accepted events are appended to, one per line.");
    if (const auto ended = parser.parse_arguments(invocation.arguments)) {
        return *ended;
    }
    const StopSignal stop_signal;
    try {
        sandbox::Sandbox sandbox(settings, &std::cout);
        sandbox.start();
        log::info("sandbox listens", {{"url", sandbox.url()}, {"pipeline_id", settings.pipeline_id}});
        sandbox::run_until(sandbox, stop_signal.fd());
        return ExitCode::done;
    } catch (const sandbox::SandboxError& error) {
        complain(error.what(), error.hint());
        return ExitCode::preflight;
    }
}

}  // namespace glassflow::command
