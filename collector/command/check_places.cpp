#include "command/check_places.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "command/destinations.h"
#include "command/pipeline_endpoint.h"
#include "config/problem.h"
#include "delivery/checkpoint_store.h"
#include "delivery/resume_decision.h"
#include "glassflow/management_api.h"
#include "glassflow/table_plan.h"
#include "postgres/connection.h"
#include "postgres/preflight/list_text.h"
#include "postgres/table_catalog.h"

namespace glassflow::command {

namespace {

using postgres::Check;
using postgres::Finding;
using Findings = std::vector<Finding>;
using Outcome = Finding::Outcome;

Findings one(Check check, Outcome outcome, std::string found, postgres::Remedy remedy = {}) {
    return {{check, outcome, std::move(found), std::move(remedy)}};
}

delivery::ResumeFacts facts_of(const config::Configuration& configuration, const delivery::CheckpointStore& store) {
    auto connection = postgres::Connection::open(configuration.source, postgres::Connection::Kind::replication);
    delivery::ResumeFacts facts;
    delivery::LoadedCheckpoint loaded = store.load();
    facts.checkpoint = std::move(loaded.checkpoint);
    facts.unreadable = std::move(loaded.unreadable);
    facts.checkpoint_path = store.path();
    facts.server = postgres::identify(connection);
    facts.slot = postgres::find_slot(connection, configuration.source.slot);
    facts.source = &configuration.source;
    if (facts.checkpoint && facts.checkpoint->timeline != facts.server.timeline)
        facts.fork = postgres::fork_from(connection, facts.server.timeline, facts.checkpoint->timeline);
    return facts;
}

Findings pipelines_of(const config::Configuration& configuration, etl::ManagementApi& api) {
    const Endpoint endpoint = endpoint_of(configuration, {});
    const auto catalog = postgres::read_table_catalog(configuration.source, configuration.source.tables);
    etl::Plans planned = etl::plan_tables(catalog.tables, endpoint.form, configuration.pipeline);
    settle(planned.plans, endpoint);
    std::vector<std::string> missing;
    std::vector<std::string> stopped;
    std::string tables;
    for (const etl::TablePlan& plan : planned.plans) {
        if (!api.find(plan.id)) {
            missing.push_back(plan.id);
            tables += " " + plan.schema + "." + plan.table;
        } else if (const std::string state = api.status(plan.id); state != "Running") {
            stopped.push_back(plan.id + " (" + state + ")");
        }
    }
    Findings findings;
    if (!missing.empty())
        findings.push_back({Check::pipeline,
                            Outcome::warning,
                            "no pipeline reads " + postgres::list_text(missing),
                            {"Make them: glassflow-collector pipeline" + tables + " --apply."}});
    if (!stopped.empty())
        findings.push_back(
            {Check::pipeline,
             Outcome::warning,
             "pipelines do not run: " + postgres::list_text(stopped),
             {"Let them go on: glassflow-collector pipeline resume ID; \"pipeline status ID\" says more."}});
    if (findings.empty())
        findings.push_back({Check::pipeline, Outcome::ok, std::to_string(planned.plans.size()) + " pipelines run", {}});
    return findings;
}

}  // namespace

Findings check_checkpoint(const config::Configuration& configuration) {
    const delivery::CheckpointStore store(configuration.delivery.state_directory, configuration.source.slot);
    try {
        const delivery::ResumeFacts facts = facts_of(configuration, store);
        if (!facts.checkpoint && facts.unreadable.empty())
            return one(Check::checkpoint, Outcome::ok, "there is no checkpoint yet: a first run");
        const delivery::ResumeDecision decision = delivery::decide_resume(facts);
        if (decision.action == delivery::ResumeDecision::Action::refuse)
            return one(Check::checkpoint, Outcome::failed, decision.what, {decision.hint});
        if (!decision.what.empty())
            return one(Check::checkpoint, Outcome::warning, decision.what, {"`run` goes on, as it is configured."});
        return one(Check::checkpoint, Outcome::ok,
                   "the checkpoint at " + to_string(facts.checkpoint->confirmed) + " fits the slot");
    } catch (const postgres::PostgresError& error) {
        return one(Check::checkpoint, Outcome::unknown, "could not be looked at: " + std::string(error.what()),
                   {error.hint()});
    }
}

Findings check_state_directory(const config::Configuration& configuration) {
    const std::string& directory = configuration.delivery.state_directory;
    const std::string name = "state_directory \"" + directory + "\"";
    std::filesystem::path existing = std::filesystem::absolute(directory);
    std::error_code ignored;
    while (!std::filesystem::exists(existing, ignored) && existing.has_parent_path() &&
           existing != existing.parent_path())
        existing = existing.parent_path();
    const bool is_there = existing == std::filesystem::absolute(directory);
    if (!std::filesystem::is_directory(existing, ignored) || ::access(existing.c_str(), W_OK | X_OK) != 0)
        return one(Check::state_directory, Outcome::failed,
                   name + " cannot be " + (is_there ? "written" : "made in \"" + existing.string() + "\"") + ": " +
                       (std::filesystem::is_directory(existing, ignored) ? std::generic_category().message(errno)
                                                                         : "not a directory"),
                   {"Give this user write access there, or set state_directory to another place."});
    return one(Check::state_directory, Outcome::ok, name + (is_there ? " can be written" : " will be made"));
}

Findings check_sinks(const config::Configuration& configuration) {
    Findings findings;
    try {
        for (const auto& destination : make_destinations(configuration)) {
            try {
                destination.sink->check();
                findings.push_back(
                    {Check::sink, Outcome::ok, "sink \"" + destination.sink->name() + "\" can be delivered to", {}});
            } catch (const sink::SinkError& error) {
                // Most of them name the sink themselves.
                const std::string subject = "sink \"" + destination.sink->name() + "\"";
                const std::string what = error.what();
                findings.push_back({Check::sink,
                                    Outcome::failed,
                                    what.find(subject) == std::string::npos ? subject + ": " + what : what,
                                    {error.hint()}});
            }
        }
    } catch (const sink::SinkError& error) {
        findings.push_back({Check::sink, Outcome::failed, error.what(), {error.hint()}});
    }
    return findings;
}

Findings check_pipelines(const config::Configuration& configuration) {
    if (!feeds_pipelines(configuration))
        return {};
    const bool is_configured = configuration.pipeline.api_url != etl::PipelineSettings().api_url;
    try {
        etl::ManagementApi api(configuration.pipeline);
        try {
            api.list();
        } catch (const etl::ApiError& error) {
            if (!is_configured)
                return {};
            return one(Check::pipeline, Outcome::failed, error.what(), {error.hint()});
        }
        return pipelines_of(configuration, api);
    } catch (const etl::ApiError& error) {
        return one(Check::pipeline, Outcome::unknown, error.what(), {error.hint()});
    } catch (const config::ConfigError& error) {  // several sinks, or a form that no pipeline reads
        return one(Check::pipeline, Outcome::unknown, error.problems().front().what, {error.problems().front().hint});
    } catch (const postgres::PostgresError& error) {
        return one(Check::pipeline, Outcome::unknown, error.what(), {error.hint()});
    }
}

}  // namespace glassflow::command
