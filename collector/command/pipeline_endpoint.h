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
    std::optional<etl::KafkaEndpoint> kafka;  // without the topic; none: it is OTLP
    std::string topic_template;
    std::string database;

    std::string topic_of(const etl::TablePlan& plan) const;
};

// Throws config::ConfigError when wish and settings do not say where the events are.
Endpoint endpoint_of(const config::Configuration& configuration, const EndpointWish& wish);

}  // namespace glassflow::command
