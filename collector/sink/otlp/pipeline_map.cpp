// The first entry that matches counts, then the default.
#include "sink/otlp/pipeline_map.h"

#include <algorithm>
#include <utility>

#include "sink/sink.h"

namespace glassflow::sink {

namespace {

constexpr std::size_t most_known_tables = 10'000;  // then what is known is forgotten and asked again

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

[[noreturn]] void refuse(const OtlpSettings& settings, const std::string& what, const std::string& hint) {
    throw SinkError("sink \"" + settings.name + "\" " + what, hint);
}

}  // namespace

PipelineMap::PipelineMap(const OtlpSettings& settings) {
    auto check_id = [&](std::string_view id, const std::string& key) {
        if (!is_otlp_pipeline_id(id)) {
            refuse(settings, "has a " + key + " that no pipeline can have",
                   "Copy the id of the pipeline: 5 to 40 of a-z, 0-9 and -, beginning with a letter.");
        }
    };
    if (!settings.pipeline_id.empty()) {
        check_id(settings.pipeline_id, "pipeline_id");
        default_ = add_id(settings.pipeline_id);
    }
    for (const auto& text : settings.pipelines) {
        const auto equals = text.rfind('=');  // an id has none, a quoted name may
        auto pattern = parse_table_pattern(std::string_view(text).substr(0, std::min(equals, text.size())));
        if (equals == std::string::npos || !pattern) {
            refuse(settings, "has an element of pipelines that is not schema.table=pipeline-id",
                   "Write public.orders=orders-pipeline, or public.*=some-pipeline for many tables.");
        }
        const auto id = std::string(trimmed(std::string_view(text).substr(equals + 1)));
        check_id(id, "pipeline in pipelines");
        entries_.push_back({std::move(*pattern), add_id(id)});
    }
    if (ids_.empty()) {
        refuse(settings, "has no pipeline", "Set pipeline_id, or pipelines for one pipeline per table.");
    }
    auto is_covered = [&](const TablePattern& tables) {
        return std::any_of(entries_.begin(), entries_.end(),
                           [&](const Entry& entry) { return entry.pattern.covers(tables); });
    };
    const std::vector<std::string> everything{"*.*"};
    for (const auto& text : settings.tables.empty() ? everything : settings.tables) {
        const auto tables = parse_table_pattern(text);
        if (!default_ && (!tables || !is_covered(*tables))) {
            refuse(settings, "has no pipeline for " + text + " of source.tables",
                   "Add an element for it to pipelines, or set pipeline_id for all that pipelines does not name.");
        }
    }
}

std::optional<std::size_t> PipelineMap::pipeline_of(const Table* table) {
    if (table == nullptr || entries_.empty()) {
        return default_;
    }
    if (!has_last_ || table->name != last_.name || table->schema != last_.schema) {
        last_pipeline_ = find(*table);
        last_ = *table;
        has_last_ = true;
    }
    return last_pipeline_;
}

std::size_t PipelineMap::add_id(const std::string& id) {
    const auto found = std::find(ids_.begin(), ids_.end(), id);
    if (found == ids_.end()) {
        ids_.push_back(id);
        return ids_.size() - 1;
    }
    return static_cast<std::size_t>(found - ids_.begin());
}

std::optional<std::size_t> PipelineMap::find(const Table& table) {
    auto key = table.schema + '\0' + table.name;  // no name holds a zero byte
    if (const auto known = known_.find(key); known != known_.end()) {
        return known->second;
    }
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& candidate) {
        return candidate.pattern.matches(table.schema, table.name);
    });
    const auto pipeline = entry == entries_.end() ? default_ : std::optional(entry->pipeline);
    if (known_.size() >= most_known_tables) {
        known_.clear();
    }
    known_.emplace(std::move(key), pipeline);
    return pipeline;
}

}  // namespace glassflow::sink
