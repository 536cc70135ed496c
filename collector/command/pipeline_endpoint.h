// The settings of the sink that a pipeline reads from -> what GlassFlow has to know to read the same.
#pragma once

#include <optional>
#include <string>

#include "config/configuration.h"
#include "glassflow/pipeline_document.h"
#include "glassflow/table_plan.h"

namespace glassflow::command {

// What the command line says beside the settings; empty: as the settings do.
struct EndpointWish {
    std::string destination;  // kafka or otlp
    std::string form;         // envelope or flat
    std::string topic;        // a template
};

struct Endpoint {
    etl::EventForm form = etl::EventForm::envelope;
    std::optional<etl::KafkaEndpoint> kafka;          // without the topic; none: it is OTLP
    std::string topic;                                // a template
    std::string database;                             // of the source, for the template
    const config::SinkConfiguration* sink = nullptr;  // that the events come from; none: only the command line said

    // The pipeline that a sink of type otlp sends the table's events to; empty when it says none.
    std::string pipeline_of(const etl::TablePlan& plan) const;
    etl::Node document(const etl::TablePlan& plan, const etl::PipelineSettings& settings) const;
};

// Whether there is a sink that a pipeline could read from.
bool feeds_pipelines(const config::Configuration& configuration);

// Throws config::ConfigError when wish and settings do not say where the events are.
Endpoint endpoint_of(const config::Configuration& configuration, const EndpointWish& wish);

// What the endpoint says about the plans, ids and all. Throws config::ConfigError when two tables go to one pipeline.
void settle(std::vector<etl::TablePlan>& plans, const Endpoint& endpoint);

}  // namespace glassflow::command
