#include "command/check.h"

#include <iostream>

#include "command/complaint.h"
#include "command/destinations.h"
#include "log/log.h"
#include "postgres/preflight.h"

namespace glassflow::command {

namespace {
void print(std::string_view subject, bool is_ok, std::string_view found, std::string_view remedy) {
    std::cout << (is_ok ? "ok      " : "failed  ") << subject << ": " << found << '\n';
    if (!is_ok && !remedy.empty())
        std::cout << "          " << remedy << '\n';
}
}  // namespace

ExitCode check(const config::Sources& sources) {
    config::Problems warnings;
    const config::Configuration configuration = config::load(sources, &warnings);
    log::configure(configuration.log);
    for (const auto& warning : warnings)
        warn(warning.text(), warning.hint);

    bool is_ok = true;
    for (const auto& finding : postgres::preflight(configuration.source, postgres::MissingSlot::is_failure).findings) {
        const bool is_finding_ok = finding.outcome == postgres::Finding::Outcome::ok;
        print(finding.subject, is_finding_ok, finding.found, finding.remedy);
        is_ok = is_ok && is_finding_ok;
    }
    try {
        for (const auto& destination : make_destinations(configuration)) {
            const std::string subject = "sink \"" + destination.sink->name() + "\"";
            try {
                destination.sink->check();
                print(subject, true, "can be delivered to", "");
            } catch (const sink::SinkError& error) {
                print(subject, false, error.what(), error.hint());
                is_ok = false;
            }
        }
    } catch (const sink::SinkError& error) {
        print("sinks", false, error.what(), error.hint());
        is_ok = false;
    }
    return is_ok ? ExitCode::done : ExitCode::preflight;
}

}  // namespace glassflow::command
