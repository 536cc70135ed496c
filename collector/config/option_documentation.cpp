// Written for someone who looks one key up: a table per section, each row with kind, default and what it does.
#include "config/option_documentation.h"

#include "config/option_table.h"
#include "config/value_text.h"

namespace glassflow::config {
namespace {

constexpr const char* introduction = R"(# Configuration of glassflow-collector

<!-- Generated from collector/config/option_table.cpp by `make docs`; do not edit. -->

Settings come from three places; later beats earlier:

1. a YAML file: `--config FILE`, otherwise the file that `GLASSFLOW_CONFIG` names, otherwise `./glassflow-collector.yaml`
   when there is one;
2. environment variables: `GLASSFLOW_SOURCE_HOST` for `source.host`, `GLASSFLOW_SINKS_<NAME>_<KEY>` for a key of the sink
   called NAME (in upper case, `_` for `-`);
3. flags: `--source.host HOST`, `--sinks.NAME.key VALUE`.

Giving the `type` of a sink that the file does not have, as a variable or a flag, adds that sink.

In the file, `${VAR}` in a value stands for an environment variable and `${VAR:-default}` for the default when it is unset
or empty; `$${` is a literal `${`. A variable that is not set is an error. Unknown keys, keys given twice, anchors and
aliases are errors, too, and every problem is reported at once, with file, line and key. `run --print-config` shows what is
in effect, secrets masked.

A secret can also be given as `KEY_file`: the path of a file that holds it (a line feed at its end is cut off). A secret is
never a flag, where the process list would show it.

Durations are whole numbers with a unit: `500ms`, `10s`, `5m`, `1h`. Sizes are bytes, or have a unit: `64KiB`, `64MiB`,
`1GiB`. Lists are YAML sequences, or texts with commas.
)";

std::string kind_text(const Option& option) {
    std::string text = option.kind == Kind::word ? "" : expectation(option);
    for (const std::string_view word : option.words) {
        text += (text.empty() ? "`" : ", `") + std::string(word) + "`";
    }
    if (option.is_secret) {
        text += ", secret";
    }
    return text;
}

std::string row(const Option& option, std::string_view name) {
    const std::string standard = default_text(option);
    const std::string shown = !standard.empty() ? "`" + standard + "`" : option.is_required ? "required" : "";
    std::string text = "| `" + std::string(name) + "` | " + kind_text(option);
    text += " | " + shown + " | " + std::string(option.doc) + " |\n";
    return text;
}

std::string table(const std::string& title, const std::string& text) {
    return "\n## " + title + "\n\n" + text + "| key | value | default | |\n|---|---|---|---|\n";
}

std::string sink_tables() {
    std::string text = table("sinks", "A list; at least one. Confirmed to the server is what all of them have.\n\n");
    for (const Option& option : option_table()) {
        text += option.is_of_sinks() && option.sink_type.empty() ? row(option, option.sink_key()) : "";
    }
    for (const std::string_view type : sink_types()) {
        text += table("sinks of type " + std::string(type), "");
        for (const Option& option : option_table()) {
            text += option.is_of_sinks() && option.sink_type == type ? row(option, option.sink_key()) : "";
        }
    }
    return text;
}

}  // namespace

std::string default_text(const Option& option) {
    if (option.is_of_sinks()) {
        SinkConfiguration sink = make_sink(option.sink_type.empty() ? sink_types().front() : option.sink_type);
        return field_text(option, option.sink_field(sink));
    }
    Configuration configuration;
    return field_text(option, option.field(configuration));
}

std::string configuration_markdown() {
    std::string text = introduction;
    std::string section;
    for (const Option& option : option_table()) {
        const std::string option_section(option.key.substr(0, option.key.find_first_of(".[")));
        const bool is_top_level = option_section == option.key;
        const std::string title = is_top_level ? "top level" : option_section;
        if (title != section) {
            text += option.is_of_sinks() ? sink_tables() : table(title, "");
            section = title;
        }
        if (!option.is_of_sinks()) {
            text += row(option, option.key);
        }
    }
    return text;
}

}  // namespace glassflow::config
