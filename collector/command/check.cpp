#include "command/check.h"

#include <algorithm>
#include <iostream>

#include "command/check_places.h"
#include "command/check_report.h"
#include "command/complaint.h"
#include "log/log.h"

namespace glassflow::command {

namespace {

postgres::PreflightQuestions questions_of(const config::Configuration& configuration) {
    postgres::PreflightQuestions questions;
    questions.is_whole = true;
    for (const auto& sink : configuration.sinks) {
        const bool reselects = sink.toast.policy == delivery::UnchangedToast::reselect;
        questions.reselects = questions.reselects || reselects;
        questions.omits_unchanged = questions.omits_unchanged || !reselects;
    }
    return questions;
}

bool is_connected(const postgres::PreflightResult& result) {
    return !result.platform.empty();
}

}  // namespace

ExitCode check(const CheckArguments& arguments) {
    config::Problems warnings;
    const config::Configuration configuration = config::load(arguments.sources, &warnings);
    log::configure(configuration.log);
    for (const auto& warning : warnings)
        warn(warning.text(), warning.hint);

    postgres::PreflightResult result = postgres::preflight(configuration.source, questions_of(configuration));
    const auto add = [&](std::vector<postgres::Finding> more) {
        std::ranges::move(more, std::back_inserter(result.findings));
    };
    if (is_connected(result))
        add(check_checkpoint(configuration));
    add(check_state_directory(configuration));
    add(check_sinks(configuration));
    if (is_connected(result))
        add(check_pipelines(configuration));

    std::cout << (arguments.is_json ? check_report_json(result) : check_report_text(result));
    return result.is_ok() ? ExitCode::done : ExitCode::preflight;
}

}  // namespace glassflow::command
