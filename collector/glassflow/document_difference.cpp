#include "glassflow/document_difference.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

constexpr std::array<std::string_view, 3> secrets = {"password", "client_key", "api_secret"};
constexpr std::array<std::string_view, 2> durations = {"time_window", "max_delay_time"};
// What the server fills in, or what is no part of the table's pipeline.
constexpr std::array<std::string_view, 9> foreign = {"schema_version", "resources",  "metadata",      "status", "state",
                                                     "created_at",     "updated_at", "parsed_fields", "join"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

// As Go writes durations: "24h0m0s", "1d", "1.5s". nullopt when it is none.
std::optional<double> seconds_of(std::string_view text) {
    static const std::map<std::string_view, double> units = {{"d", 86400}, {"h", 3600},  {"m", 60},   {"s", 1},
                                                             {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
    double seconds = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t number_end = std::min(text.find_first_not_of("0123456789.", at), text.size());
        const std::size_t unit_end = std::min(text.find_first_of("0123456789.", number_end), text.size());
        const auto unit = units.find(text.substr(number_end, unit_end - number_end));
        if (number_end == at || number_end - at > 15 || unit == units.end())
            return std::nullopt;
        seconds += std::stod(std::string(text.substr(at, number_end - at))) * unit->second;
        at = unit_end;
    }
    return text.empty() ? std::nullopt : std::optional(seconds);
}

// Absent, null, "", 0, false, [] and {} say the same to the server.
bool is_nothing(const Node& node) {
    return std::visit(
        [](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::monostate>)
                return true;
            else if constexpr (std::is_arithmetic_v<Value>)
                return value == Value{};
            else
                return value.empty();
        },
        node.value());
}

std::string shown(const Node& node) {
    constexpr std::size_t bytes_max = 200;
    std::string text = to_compact_json(node);
    return text.size() <= bytes_max ? text : shown_name(text.substr(0, bytes_max)) + "...";
}

// What tells an element of a list from its neighbours.
std::string label(const Node& element, std::size_t position) {
    for (const char* key : {"output_name", "column_name", "name", "type", "source_id"}) {
        if (const std::string text = element.text(key); !text.empty())
            return text;
    }
    return std::to_string(position);
}

class Comparison {
public:
    std::vector<std::string> lines;

    void compare(const std::string& path, std::string_view key, const Node& current, const Node& wanted) {
        if (current.is_map() && wanted.is_map()) {
            compare_maps(path, current, wanted);
        } else if (current.is_list() && wanted.is_list()) {
            compare_lists(path, current, wanted);
        } else if (!is_same(key, current, wanted)) {
            lines.push_back(is_one_of(key, secrets) ? path + ": (secret, differs)"
                                                    : path + ": " + shown(current) + " -> " + shown(wanted));
        }
    }

private:
    static bool is_same(std::string_view key, const Node& current, const Node& wanted) {
        if (current == wanted || (is_nothing(current) && is_nothing(wanted)))
            return true;
        if (!is_one_of(key, durations))
            return false;
        const auto a = seconds_of(current.text());
        return a && a == seconds_of(wanted.text());
    }

    void compare_maps(const std::string& path, const Node& current, const Node& wanted) {
        const std::string prefix = path.empty() ? "" : path + ".";
        for (const auto& [key, value] : wanted.entries()) {
            const Node* const there = current.find(key);
            if (is_one_of(key, foreign) || (there == nullptr && is_nothing(value)))
                continue;
            compare(prefix + key, key, there == nullptr ? Node() : *there, value);
        }
        for (const auto& [key, value] : current.entries()) {
            // The server prints "0s" where a transform has no window.
            const bool is_no_time = is_one_of(key, durations) && seconds_of(value.text()) == 0.0;
            if (!is_one_of(key, foreign) && !is_nothing(value) && !is_no_time && wanted.find(key) == nullptr)
                lines.push_back("- " + prefix + key + (is_one_of(key, secrets) ? ": (secret)" : ": " + shown(value)));
        }
    }

    void compare_lists(const std::string& path, const Node& current, const Node& wanted) {
        std::map<std::string, const Node*> there;
        for (std::size_t i = 0; i < current.elements().size(); ++i)
            there.emplace(label(current.elements()[i], i), &current.elements()[i]);
        for (std::size_t i = 0; i < wanted.elements().size(); ++i) {
            const Node& element = wanted.elements()[i];
            const std::string name = label(element, i);
            const auto found = there.find(name);
            if (found == there.end()) {
                lines.push_back("+ " + path + "[" + shown_name(name) + "]: " + shown(element));
            } else {
                compare(path + "[" + shown_name(name) + "]", "", *found->second, element);
                there.erase(found);
            }
        }
        for (const auto& [name, element] : there)
            lines.push_back("- " + path + "[" + shown_name(name) + "]: " + shown(*element));
    }
};

// Newer servers have schema_fields below schema, and say in the sink which source it reads.
Node normalized(Node document) {
    if (Node* const sources = document.find("sources"); sources != nullptr && sources->is_list()) {
        for (Node& source : sources->elements()) {
            Node* const schema = source.find("schema");
            if (schema == nullptr || source.find("schema_fields") != nullptr)
                continue;
            if (const Node* const fields = schema->find("fields")) {
                Node copy = *fields;
                source.add("schema_fields", std::move(copy));
            }
            std::erase_if(source.entries(), [](const auto& entry) { return entry.first == "schema"; });
        }
    }
    if (Node* const sink = document.find("sink"); sink != nullptr && sink->is_map())
        std::erase_if(sink->entries(), [](const auto& entry) { return entry.first == "source_id"; });
    return document;
}

}  // namespace

std::vector<std::string> document_difference(const Node& current, const Node& wanted) {
    Comparison comparison;
    comparison.compare("", "", normalized(current), normalized(wanted));
    return comparison.lines;
}

Node keep_foreign_parts(const Node& current, Node wanted) {
    if (const Node* const resources = current.find("resources"); resources != nullptr && !is_nothing(*resources))
        wanted.add("resources", *resources);
    const Node* const metadata = current.find("metadata");
    const Node* const tags = metadata == nullptr ? nullptr : metadata->find("tags");
    Node* const wanted_metadata = wanted.find("metadata");
    if (tags != nullptr && tags->is_list() && wanted_metadata != nullptr)
        *wanted_metadata = Node::map({{"tags", *tags}});
    return wanted;
}

}  // namespace glassflow::etl
