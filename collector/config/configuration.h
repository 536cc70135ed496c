// Everything a person can set, after parsing: each room's plain settings, nothing of how they were written down.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "admin/settings.h"
#include "delivery/settings.h"
#include "format/format_name.h"
#include "glassflow/settings.h"
#include "log/settings.h"
#include "postgres/settings.h"
#include "sink/file/settings.h"
#include "sink/glassflow_http/settings.h"
#include "sink/kafka/settings.h"
#include "sink/otlp/settings.h"

namespace glassflow::config {

struct SinkConfiguration {
    format::FormatName format = format::FormatName::envelope;
    format::ArrayStyle arrays = format::ArrayStyle::text;
    delivery::ToastSettings toast = {};
    std::variant<sink::FileSettings, sink::GlassflowHttpSettings, sink::OtlpSettings, sink::KafkaSettings> settings;
};

struct Configuration {
    postgres::SourceSettings source;
    std::vector<SinkConfiguration> sinks;  // at least one, names unique
    delivery::DeliverySettings delivery;
    etl::PipelineSettings pipeline;
    admin::AdminSettings admin;
    log::LogSettings log;
};

}  // namespace glassflow::config
