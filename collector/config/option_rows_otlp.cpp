// Rows of sinks of type otlp.
#include <array>

#include "config/checks.h"
#include "config/option_rows.h"
#include "config/option_units.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;
using sink::OtlpSettings;

constexpr std::array oversize_words{"dead_letter"sv, "truncate"sv};
constexpr std::array encoding_words{"protobuf"sv, "json"sv};  // in the order of OtlpEncoding

OtlpSettings& otlp(SinkConfiguration& sink) {
    return std::get<OtlpSettings>(sink.settings);
}

constexpr Option rows[] = {
    {.key = "sinks[].url",
     .kind = Kind::text,
     .doc = "Address of GlassFlow's OTLP receiver, without /v1/logs.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).url; },
     .sink_type = "otlp",
     .is_required = true,
     .check = check_url},
    {.key = "sinks[].pipeline_id",
     .kind = Kind::text,
     .doc = "Pipeline of the tables that sinks[].pipelines does not name. May be empty when that names all of them.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).pipeline_id; },
     .sink_type = "otlp",
     .check = check_otlp_pipeline_id},
    {.key = "sinks[].pipelines",
     .kind = Kind::list,
     .doc = "Pipelines of single tables, as schema.table=pipeline-id; tables are written as in source.tables. The "
            "first element that matches counts.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).pipelines; },
     .sink_type = "otlp",
     .check = check_table_pipeline},
    {.key = "sinks[].encoding",
     .kind = Kind::word,
     .doc = "How requests are written. json is larger and slower; for looking at what is sent.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).encoding; },
     .sink_type = "otlp",
     .words = encoding_words},
    {.key = "sinks[].concurrent_requests",
     .kind = Kind::integer,
     .doc = "Requests of one pipeline under way at the same time, never more than 32 of all pipelines together. "
            "Changes of one key are never in two of them.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).concurrent_requests; },
     .sink_type = "otlp",
     .range = {1, 32}},
    {.key = "sinks[].max_request_bytes",
     .kind = Kind::size,
     .doc = "Size that a request does not exceed. The receiver's limit is 4 MiB.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).max_request_bytes; },
     .sink_type = "otlp",
     .range = {64 * kibibyte, 4 * mebibyte}},
    {.key = "sinks[].max_event_bytes",
     .kind = Kind::size,
     .doc = "Largest event that is sent as it is. The receiver cannot hand on what has 1 MiB with its quotes escaped: "
            "such an event is too large whatever this says.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).max_event_bytes; },
     .sink_type = "otlp",
     .range = {kibibyte, mebibyte}},
    {.key = "sinks[].oversize",
     .kind = Kind::word,
     .doc = "What becomes of a larger event. dead_letter: it goes to the dead letter store. truncate: it goes without "
            "its largest values, which a field _truncated names.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).oversize; },
     .sink_type = "otlp",
     .words = oversize_words},
    {.key = "sinks[].batch_delay",
     .kind = Kind::duration,
     .doc = "How long a request that is not full waits for more events. 0ms: it goes at once when none is under way; "
            "what comes meanwhile goes together in the next.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).batch_delay; },
     .sink_type = "otlp",
     .range = {0, 10 * second_ms}},
    {.key = "sinks[].request_timeout",
     .kind = Kind::duration,
     .doc = "How long one request may take before it is tried again. A busy receiver may take 15 s to say that it is.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).request_timeout; },
     .sink_type = "otlp",
     .range = {100, 10 * minute_ms}},
    {.key = "sinks[].retry_initial",
     .kind = Kind::duration,
     .doc = "Longest wait before the first retry of a request; it doubles with each further one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).retry_initial; },
     .sink_type = "otlp",
     .range = {10, minute_ms}},
    {.key = "sinks[].retry_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two retries, unless the receiver asks for a longer one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).retry_max; },
     .sink_type = "otlp",
     .range = {10, hour_ms}},
};

}  // namespace

std::span<const Option> otlp_rows() {
    return rows;
}

}  // namespace glassflow::config
