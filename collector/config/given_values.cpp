// Sinks are told apart by name, so a later layer changes single keys of a sink or adds a sink.
#include "config/given_values.h"

#include <algorithm>
#include <utility>

namespace glassflow::config {
namespace {

void overlay(GivenMap& base, GivenMap&& layer) {
    for (auto& [key, value] : layer) {
        base.insert_or_assign(key, std::move(value));
    }
}

}  // namespace

std::vector<std::string> GivenValues::sink_names() const {
    std::vector<std::string> names;
    for (const GivenSink& sink : sinks) {
        names.push_back(sink.name);
    }
    return names;
}

GivenSink* GivenValues::find_sink(std::string_view name) {
    const auto found = std::ranges::find(sinks, name, &GivenSink::name);
    return found == sinks.end() ? nullptr : &*found;
}

void give(GivenMap& values, std::string_view key, GivenValue value, const std::string& display_key,
          Problems& problems) {
    const auto found = values.find(key);
    if (found == values.end()) {
        values.emplace(key, std::move(value));
        return;
    }
    const bool is_mixed = found->second.is_file_reference != value.is_file_reference;
    problems.push_back(
        {value.place, display_key,
         is_mixed ? "both " + display_key + " and " + display_key + "_file are given" : display_key + " is given twice",
         "Remove one of them; the other is at " + found->second.place + "."});
    found->second.is_broken = true;
}

void overlay(GivenValues& base, GivenValues&& layer) {
    overlay(base.values, std::move(layer.values));
    for (GivenSink& sink : layer.sinks) {
        GivenSink* const known = base.find_sink(sink.name);
        if (known == nullptr) {
            base.sinks.push_back(std::move(sink));
        } else {
            overlay(known->values, std::move(sink.values));
        }
    }
}

}  // namespace glassflow::config
