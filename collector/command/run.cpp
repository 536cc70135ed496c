// Everything is looked at before anything is changed; then the rows flow until somebody or something stops them.
#include "command/run.h"

#include <optional>

#include "admin/admin_server.h"
#include "command/complaint.h"
#include "command/destinations.h"
#include "command/schema_watch.h"
#include "command/stop_signal.h"
#include "delivery/delivery.h"
#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"

namespace glassflow::command {

namespace {

// A slot that is made holds WAL from then on, so nothing that could be known before may fail after: the slot is made
// later, when the checkpoint has been asked.
bool is_prepared(const config::Configuration& configuration, const std::vector<delivery::Destination>& destinations) {
    bool is_ok = true;
    for (const auto& destination : destinations) {
        try {
            destination.sink->check();
        } catch (const sink::SinkError& error) {
            complain("sink \"" + destination.sink->name() + "\": " + error.what(), error.hint());
            is_ok = false;
        }
    }
    if (!is_ok)
        return false;
    const postgres::PreflightQuestions questions{.missing_slot = postgres::MissingSlot::is_decided_later};
    for (const auto& finding : postgres::preflight(configuration.source, questions).findings) {
        if (finding.outcome == postgres::Finding::Outcome::failed) {
            complain(finding.found, postgres::to_sentence(finding.remedy));
            is_ok = false;
        } else {
            log::info(finding.found);
        }
    }
    return is_ok;
}

std::optional<delivery::Failure> deliver(const config::Configuration& configuration,
                                         std::vector<delivery::Destination> destinations, delivery::ResumeChoice resume,
                                         const RunArguments& arguments, const StopSignal& stop_signal) {
    // Borrowed by the decoding thread, which delivery ends before it is gone.
    std::optional<SchemaWatch> watch;
    delivery::Delivery delivery(
        configuration.source, configuration.delivery, std::move(destinations), resume,
        [&](const event::Relation& relation, const SchemaWatch::Pause& pause) { watch->described(relation, pause); });
    watch.emplace(configuration, arguments.accept_schema_change);  // in the state directory, which delivery has made
    admin::AdminServer admin(configuration.admin, [&delivery] { return delivery.status(); });
    admin.start();
    std::optional<event::Lsn> drain_target;
    if (arguments.drain)
        drain_target = delivery::drain_target_now(configuration.source);
    auto failure = delivery.run(stop_signal.fd(), drain_target);
    admin.stop();
    return failure;
}

// Delivers until somebody or something ends it. When only the memory of it was of no use any more (another timeline, a
// slot that is gone, a slot that another collector took over), begins again with the rules of a start.
ExitCode deliver_until_told(const config::Configuration& configuration, const RunArguments& arguments,
                            std::vector<delivery::Destination> destinations, const StopSignal& stop_signal) {
    delivery::ResumeChoice resume = arguments.resume;
    while (true) {
        const auto failure = deliver(configuration, std::move(destinations), resume, arguments, stop_signal);
        if (!failure)
            return ExitCode::done;
        if (failure->kind != delivery::Failure::Kind::begin_again) {
            complain(failure->what, failure->hint);
            return failure->kind == delivery::Failure::Kind::preflight ? ExitCode::preflight : ExitCode::failed;
        }
        if (stop_signal.is_pending()) {
            complain(failure->what, "It was told to stop meanwhile; what was not confirmed comes again.");
            return ExitCode::failed;
        }
        resume = delivery::ResumeChoice::none;  // it was for what was found then
        destinations = make_destinations(configuration);
    }
}

}  // namespace

ExitCode run(const RunArguments& arguments) {
    config::Problems warnings;
    const config::Configuration configuration = config::load(arguments.sources, &warnings);
    log::configure(configuration.log);
    for (const auto& warning : warnings)
        warn(warning.text(), warning.hint);

    const StopSignal stop_signal;
    try {
        auto destinations = make_destinations(configuration);
        if (!is_prepared(configuration, destinations))
            return ExitCode::preflight;
        return deliver_until_told(configuration, arguments, std::move(destinations), stop_signal);
    } catch (const sink::SinkError& error) {  // DeadLetterError is one, too
        complain(error.what(), error.hint());
    } catch (const postgres::PostgresError& error) {
        complain(error.what(), postgres::remedy_for(error, configuration.source));
    } catch (const admin::AdminError& error) {
        complain(error.what(), error.hint());
    }
    return ExitCode::preflight;
}

}  // namespace glassflow::command
