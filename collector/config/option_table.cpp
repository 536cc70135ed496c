// Puts the rows together, and says what follows from a row: names, and the settings a sink starts with.
#include "config/option_table.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "config/option_rows.h"

namespace glassflow::config {
namespace {

using sink::FileSettings;
using sink::GlassflowHttpSettings;
using sink::KafkaSettings;
using sink::OtlpSettings;

std::vector<Option> all_rows() {
    std::vector<Option> all;
    for (const auto rows : {source_rows(), sink_rows(), kafka_rows(), otlp_rows(), pipeline_rows(), program_rows()}) {
        all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
}

}  // namespace

std::span<const Option> option_table() {
    static const std::vector<Option> all = all_rows();
    return all;
}

const Option* find_option(std::string_view key) {
    const std::span<const Option> all = option_table();
    const auto found = std::ranges::find(all, key, &Option::key);
    return found == all.end() ? nullptr : &*found;
}

std::span<const std::string_view> sink_types() {
    return sink_type_words;
}

SinkConfiguration make_sink(std::string_view type) {
    if (type == "file") {
        return {.settings = FileSettings{}};
    }
    if (type == "glassflow") {
        return {.settings = GlassflowHttpSettings{}};
    }
    if (type == "otlp") {
        return {.format = format::FormatName::row,
                .toast = {.policy = delivery::UnchangedToast::reselect},
                .settings = OtlpSettings{}};
    }
    if (type == "kafka") {
        return {.toast = {.policy = delivery::UnchangedToast::reselect}, .settings = KafkaSettings{}};
    }
    throw std::logic_error("no such type of sink");
}

std::string_view type_of(const SinkConfiguration& sink) {
    return sink_type_words.at(sink.settings.index());
}

const std::string& name_of(const SinkConfiguration& sink) {
    return std::visit([](const auto& settings) -> const std::string& { return settings.name; }, sink.settings);
}

std::string environment_name(const Option& option) {
    std::string name = "GLASSFLOW_";
    if (option.is_of_sinks()) {
        name += "SINKS_<NAME>_";
    }
    for (const char c : option.is_of_sinks() ? option.sink_key() : option.key) {
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

std::string flag_name(const Option& option) {
    return option.is_of_sinks() ? "--sinks.NAME." + std::string(option.sink_key()) : "--" + std::string(option.key);
}

}  // namespace glassflow::config
