// A relation is told again after every reconnect and for reasons that change nothing; only another shape counts. What
// is seen here is what is new to the sinks: what was delivered before and comes again does not get here.
#include "command/schema_watch.h"

#include <algorithm>

#include "command/pipeline_endpoint.h"
#include "config/problem.h"
#include "delivery/failure.h"
#include "glassflow/apply.h"
#include "glassflow/clickhouse_http.h"
#include "glassflow/names.h"
#include "glassflow/pipeline_document.h"
#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/table_catalog.h"

namespace glassflow::command {

namespace {

using etl::SchemaChangePolicy;

constexpr std::chrono::milliseconds retry_interval{2'000};

std::string shown(const etl::TableShape& shape) {
    return etl::shown_name(shape.schema + "." + shape.table);
}

std::string quoted_pattern(const std::string& schema, const std::string& table) {
    return postgres::quote_identifier(schema) + "." + postgres::quote_identifier(table);
}

}  // namespace

SchemaWatch::SchemaWatch(const config::Configuration& configuration, bool is_accepting)
    : configuration_(configuration),
      is_accepting_(is_accepting),
      shapes_(configuration.delivery.state_directory, configuration.source.slot) {
    if (!shapes_.broken().empty())
        log::warning("shapes of tables are not known: changes since the last run are not noticed",
                     {{"reason", shapes_.broken()}});
}

void SchemaWatch::described(const event::Relation& relation, const Pause& pause) {
    const etl::TableShape shape = etl::shape_of(relation);
    const etl::TableShape* const known = shapes_.find(shape.oid);
    if (known != nullptr && *known == shape)
        return;
    if (known != nullptr)
        follow(shape, etl::compare(*known, shape), pause);
    keep(shape);
}

// A disk that is full is no reason to stop: at worst the same change is told again after the next start.
void SchemaWatch::keep(const etl::TableShape& shape) {
    try {
        shapes_.keep(shape);
    } catch (const std::runtime_error& error) {
        log::warning("shape of a table could not be kept", {{"table", shown(shape)}, {"reason", error.what()}});
    }
}

void SchemaWatch::follow(const etl::TableShape& shape, const etl::SchemaChange& change, const Pause& pause) {
    const SchemaChangePolicy policy = configuration_.pipeline.schema_change;
    tell(shape, change);
    if (is_accepting_ || change.is_harmless() || policy == SchemaChangePolicy::warn)
        return;
    if (policy == SchemaChangePolicy::apply && !feeds_pipelines(configuration_))
        return;  // there is nothing to edit
    const std::string what = "table " + shown(shape) + " changed: " + etl::describe(change);
    if (policy == SchemaChangePolicy::stop)
        throw delivery::DeliveryStop(
            what,
            "Bring ClickHouse and the pipeline to its new shape (the log says how), then start with "
            "--accept-schema-change.");
    if (const std::string obstacle = etl::obstacle(change); !obstacle.empty())
        throw delivery::DeliveryStop(what + "; it cannot be followed: " + obstacle,
                                     "Make the new table and pipeline (glassflow-collector pipeline " + shown(shape) +
                                         "), then start with --accept-schema-change.");
    while (true) {
        std::string reason;
        try {
            for (const etl::TablePlan& plan : plan(shape)) {
                if (!apply(change, plan, pause))
                    throw delivery::DeliveryStop(what + "; delivery ended before the pipeline was edited",
                                                 "It goes on after the next start.");
            }
            return;
        } catch (const etl::ClickHouseError& error) {
            if (!error.is_retryable())
                throw delivery::DeliveryStop(what + "; " + error.what(), error.hint());
            reason = error.what();
        } catch (const etl::ApiError& error) {
            if (error.kind() != etl::ApiError::Kind::no_answer && error.kind() != etl::ApiError::Kind::server)
                throw delivery::DeliveryStop(what + "; " + error.what(), error.hint());
            reason = error.what();
        } catch (const config::ConfigError& error) {
            throw delivery::DeliveryStop(what + "; " + error.what(), "");
        } catch (const etl::PlanError& error) {
            throw delivery::DeliveryStop(what + "; " + error.what(), error.hint());
        } catch (const postgres::PostgresError& error) {
            if (!error.is_retryable())
                throw delivery::DeliveryStop(what + "; " + error.what(), error.hint());
            reason = error.what();
        }
        log::warning("pipeline could not be edited yet: the events of the new shape wait",
                     {{"table", shown(shape)}, {"reason", reason}});
        if (!pause(retry_interval))
            throw delivery::DeliveryStop(what + "; delivery ended before the pipeline was edited",
                                         "It goes on after the next start.");
    }
}

// The same whatever is done about it: what changed, and what a person would have to run.
void SchemaWatch::tell(const etl::TableShape& shape, const etl::SchemaChange& change) const {
    const std::string table = shown(shape);
    const std::string what = etl::describe(change);
    if (!feeds_pipelines(configuration_)) {
        log::warning("table changed", {{"table", table}, {"change", what}});
        return;
    }
    if (const std::string obstacle = etl::obstacle(change); !obstacle.empty()) {
        log::warning("table changed", {{"table", table}, {"change", what}, {"obstacle", obstacle}});
        return;
    }
    std::string statement;
    std::string id;
    try {
        for (const etl::TablePlan& plan : plan(shape)) {
            statement = etl::alter_statement(change, plan, configuration_.pipeline.clickhouse.database, false);
            id = plan.id;
        }
    } catch (const std::exception& error) {
        statement = std::string("not known: ") + error.what();
    }
    log::warning("table changed", {{"table", table},
                                   {"change", what},
                                   {"clickhouse", statement.empty() ? "nothing to alter" : statement},
                                   {"pipeline", change.is_harmless() ? "nothing to edit"
                                                                     : "to edit: glassflow-collector pipeline --apply"},
                                   {"pipeline_id", id}});
}

// As the catalog has it now, which may be ahead of the stream: what the events still carry and the table has no more is
// not mapped. Empty when the table is gone, or has changed its name again.
std::vector<etl::TablePlan> SchemaWatch::plan(const etl::TableShape& shape) const {
    const auto catalog =
        postgres::read_table_catalog(configuration_.source, {quoted_pattern(shape.schema, shape.table)});
    const Endpoint endpoint = endpoint_of(configuration_, {});
    std::vector<etl::TablePlan> plans;
    for (const auto& table : catalog.tables)
        plans.push_back(etl::plan_table(table, endpoint.form, configuration_.pipeline));
    settle(plans, endpoint);
    return plans;
}

// False when delivery is given up meanwhile.
bool SchemaWatch::apply(const etl::SchemaChange& change, const etl::TablePlan& plan, const Pause& pause) const {
    const etl::PipelineSettings& settings = configuration_.pipeline;
    etl::ManagementApi api(settings);
    if (!api.find(plan.id)) {
        log::warning("there is no pipeline to edit", {{"pipeline", plan.id}});
        return true;
    }
    // A column that came before this collector had seen the table is made up for, too.
    const std::string statement = etl::alter_statement(change, plan, settings.clickhouse.database, true);
    etl::execute(settings.clickhouse, statement, settings.api_timeout);
    log::info("ClickHouse table altered", {{"statement", statement}});
    bool is_given_up = false;
    etl::Applier applier(
        api, settings.transition_timeout, [](const std::string& line) { log::info(line); },
        [&](std::chrono::milliseconds time) {
            is_given_up = is_given_up || !pause(time);
            return !is_given_up;
        });
    try {
        applier.apply(endpoint_of(configuration_, {}).document(plan, settings));
    } catch (const etl::ApiError&) {
        if (is_given_up)
            return false;
        throw;
    }
    return true;
}

}  // namespace glassflow::command
