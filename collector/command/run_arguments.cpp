// What run and check take beside the settings.
#include "command/run_arguments.h"

#include <utility>

#include "command/check.h"
#include "command/complaint.h"
#include "command/run.h"
#include "command/settings_parser.h"

namespace glassflow::command {
namespace {

std::optional<delivery::ResumeChoice> resume_choice(const std::string& text) {
    using delivery::ResumeChoice;
    return text.empty()              ? std::optional(ResumeChoice::none)
           : text == "accept-gap"    ? std::optional(ResumeChoice::accept_gap)
           : text == "accept-repeat" ? std::optional(ResumeChoice::accept_repeat)
           : text == "fresh"         ? std::optional(ResumeChoice::fresh)
                                     : std::nullopt;
}

}  // namespace

ExitCode run_command(const Invocation& invocation) {
    RunArguments arguments;
    SettingsParser settings("run", "Streams the slot and delivers its changes until told to stop (SIGTERM, SIGINT).");
    settings.parser().add_flag("--drain", arguments.drain,
                               "Deliver everything that is committed now, confirm it to the server, and end.");
    settings.parser().add_flag("--accept-schema-change", arguments.accept_schema_change,
                               "Take tables that changed since the last run as they are, this once, where "
                               "pipeline.schema_change would stop or edit.");
    std::string resume;
    settings.parser()
        .add_option(
            "--resume", resume,
            "What to do, this once, where going on from the checkpoint was refused: accept-gap, accept-repeat or "
            "fresh; the refusal says what each would mean.")
        ->type_name("CHOICE");
    if (const auto ended = settings.parse(invocation)) {
        return *ended;
    }
    if (const auto choice = resume_choice(resume)) {
        arguments.resume = *choice;
    } else {
        complain("unknown choice --resume=" + resume, "Choices are accept-gap, accept-repeat and fresh.");
        return ExitCode::usage;
    }
    arguments.sources = settings.sources();
    return run(arguments);
}

ExitCode check_command(const Invocation& invocation) {
    CheckArguments arguments;
    SettingsParser settings("check",
                            "Looks at everything that run needs, one by one, tells what is wrong, why it matters and "
                            "what mends it; changes nothing.\n"
                            "Exit code 3 when something must be mended; warnings do not count.");
    settings.parser().add_flag("--json", arguments.is_json, "Print the findings as JSON.");
    if (const auto ended = settings.parse(invocation)) {
        return *ended;
    }
    arguments.sources = settings.sources();
    return check(arguments);
}

}  // namespace glassflow::command
