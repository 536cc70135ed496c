// Rows of sinks: what every sink has, then those of file and glassflow.
#include <array>

#include "config/checks.h"
#include "config/option_rows.h"
#include "config/option_units.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;
using sink::FileSettings;
using sink::GlassflowHttpSettings;

constexpr std::array format_words{"envelope"sv, "wal2json"sv, "flat"sv, "row"sv};  // of FormatName
constexpr std::array toast_words{"omit"sv, "placeholder"sv, "reselect"sv};         // of UnchangedToast
constexpr std::array array_words{"text"sv, "native"sv};                            // of ArrayColumns and ArrayStyle

GlassflowHttpSettings& http(SinkConfiguration& sink) {
    return std::get<GlassflowHttpSettings>(sink.settings);
}

constexpr Option rows[] = {
    {.key = "sinks[].name",
     .kind = Kind::text,
     .doc = "Name of the sink in logs, metrics, dead letter files, environment variables and flags. Unique.",
     .sink_field = [](SinkConfiguration& s) -> Field {
         return std::visit([](auto& settings) { return &settings.name; }, s.settings);
     },
     .is_required = true,
     .check = check_sink_name},
    {.key = "sinks[].type",
     .kind = Kind::word,
     .doc = "What the sink delivers to.",
     .sink_field = [](SinkConfiguration&) -> Field { return std::monostate(); },
     .words = sink_type_words,
     .is_required = true},
    {.key = "sinks[].format",
     .kind = Kind::word,
     .doc = "Form of the events, see event_forms.md. A sink of type otlp has row unless told otherwise.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.format; },
     .words = format_words},
    {.key = "sinks[].arrays",
     .kind = Kind::word,
     .doc =
         "How arrays look in the forms envelope, flat and row. text: a string with JSON text, `\"[1,null]\"`. native: "
         "an array; event_forms.md says what GlassFlow makes of it.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.arrays; },
     .words = array_words},
    {.key = "sinks[].toast",
     .kind = Kind::word,
     .doc = "What the sink is told of a large value that an update did not touch and the WAL does not hold. omit: the "
            "column is absent. placeholder: sinks[].toast_placeholder. reselect, which sinks of type kafka and otlp "
            "begin with: what the row holds now, read from the table, for which the role needs SELECT. Does not "
            "happen under REPLICA IDENTITY FULL. See event_forms.md.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.toast.policy; },
     .words = toast_words},
    {.key = "sinks[].toast_placeholder",
     .kind = Kind::text,
     .doc = "The text that stands for such a value: with toast: placeholder, and with reselect for tables without a "
            "key.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.toast.placeholder; }},
    {.key = "sinks[].path",
     .kind = Kind::text,
     .doc = "File that events are appended to, one per line. `-` is standard output.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &std::get<FileSettings>(s.settings).path; },
     .sink_type = "file",
     .is_required = true},
    {.key = "sinks[].url",
     .kind = Kind::text,
     .doc = "Base address of the HTTP events API, without /pipelines.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).url; },
     .sink_type = "glassflow",
     .is_required = true,
     .check = check_url},
    {.key = "sinks[].pipeline_id",
     .kind = Kind::text,
     .doc = "Pipeline that the events are published to.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).pipeline_id; },
     .sink_type = "glassflow",
     .is_required = true,
     .check = check_pipeline_id},
    {.key = "sinks[].access_token",
     .kind = Kind::text,
     .doc = "Access token of the pipeline.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).access_token; },
     .sink_type = "glassflow",
     .is_required = true,
     .is_secret = true,
     .check = check_access_token},
    {.key = "sinks[].concurrent_requests",
     .kind = Kind::integer,
     .doc = "Requests under way at the same time. Events of one key are never under way together.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).concurrent_requests; },
     .sink_type = "glassflow",
     .range = {1, 1024}},
    {.key = "sinks[].request_timeout",
     .kind = Kind::duration,
     .doc = "How long one request may take before it is tried again.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).request_timeout; },
     .sink_type = "glassflow",
     .range = {100, 10 * minute_ms}},
    {.key = "sinks[].retry_initial",
     .kind = Kind::duration,
     .doc = "Longest wait before the first retry of a request; it doubles with each further one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).retry_initial; },
     .sink_type = "glassflow",
     .range = {10, minute_ms}},
    {.key = "sinks[].retry_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two retries, unless the server asks for a longer one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).retry_max; },
     .sink_type = "glassflow",
     .range = {10, hour_ms}},
};

}  // namespace

std::span<const Option> sink_rows() {
    return rows;
}

}  // namespace glassflow::config
