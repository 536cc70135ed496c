// GLASSFLOW_... variables -> given values. Variables outside the sections of the option table (GLASSFLOW_TOKEN) are the
// user's own and left alone; within them an unknown name is a typing error and reported.
#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

#include "config/layers.h"
#include "config/option_table.h"

namespace glassflow::config {
namespace {

constexpr std::string_view sinks_variables = "GLASSFLOW_SINKS_";

std::string upper_case(std::string_view text) {
    std::string upper;
    for (const char c : text) {
        upper += c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return upper;
}

// What Kubernetes sets for a service called glassflow-source or the like, nothing that a person wrote.
bool is_service_link(const std::string& name) {
    return name.find("_SERVICE_HOST") != std::string::npos || name.find("_SERVICE_PORT") != std::string::npos ||
           name.find("_TCP") != std::string::npos || name.find("_UDP") != std::string::npos;
}

class EnvironmentReader {
public:
    EnvironmentReader(const Environment& environment, const std::vector<std::string>& sink_names, Problems& problems)
        : environment_(environment), sink_names_(sink_names), problems_(problems) {}

    GivenValues read() {
        add_new_sinks();
        for (const auto& [name, text] : environment_) {
            if (name.starts_with(sinks_variables)) {
                read_sink_variable(name, text);
            } else if (name.starts_with("GLASSFLOW_")) {
                read_variable(name, text);
            }
        }
        return std::move(given_);
    }

private:
    static GivenValue value_of(const std::string& name, const std::string& text, bool is_file_reference) {
        return {.items = {text},
                .place = "environment variable " + name,
                .shown = text,
                .is_file_reference = is_file_reference};
    }

    // GLASSFLOW_SINKS_FILES_TYPE, when no sink is called like that, makes the sink "files".
    void add_new_sinks() {
        for (const auto& [name, text] : environment_) {
            if (!name.starts_with(sinks_variables) || !name.ends_with("_TYPE")) {
                continue;
            }
            const std::size_t name_size = name.size() - sinks_variables.size();
            const std::string_view spelled = std::string_view(name).substr(sinks_variables.size());
            if (name_size <= 5 || !matching_sinks(spelled.substr(0, name_size - 5)).empty()) {
                continue;
            }
            std::string sink_name(spelled.substr(0, name_size - 5));
            std::ranges::transform(sink_name, sink_name.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            const std::string place = "environment variable " + name;
            GivenSink sink{.name = sink_name, .place = place, .values = {}};
            sink.values["name"] = {.items = {sink_name}, .place = place, .shown = sink_name};
            given_.sinks.push_back(std::move(sink));
            sink_names_.push_back(sink_name);
        }
    }

    std::vector<std::string> matching_sinks(std::string_view spelled) const {
        std::vector<std::string> matches;
        std::ranges::copy_if(sink_names_, std::back_inserter(matches),
                             [&](const std::string& name) { return !name.empty() && upper_case(name) == spelled; });
        return matches;
    }

    void report(const std::string& name, const std::string& what, const std::string& hint) {
        problems_.push_back({"environment variable " + name, "", what, hint});
    }

    void read_variable(const std::string& name, const std::string& text) {
        std::vector<std::string> known;
        for (const Option& option : option_table()) {
            if (option.is_of_sinks()) {
                continue;
            }
            const std::string plain = environment_name(option);
            if (name == plain || (option.is_secret && name == plain + "_FILE")) {
                give(given_.values, option.key, value_of(name, text, name != plain), std::string(option.key),
                     problems_);
                return;
            }
            known.push_back(plain);
        }
        constexpr std::array<std::string_view, 3> sections{"GLASSFLOW_SOURCE_", "GLASSFLOW_ADMIN_", "GLASSFLOW_LOG_"};
        const bool is_ours =
            std::ranges::any_of(sections, [&](std::string_view section) { return name.starts_with(section); });
        if (is_ours && !is_service_link(name)) {
            report(name, "it sets no known key", unknown_key_hint(name, known));
        }
    }

    void read_sink_variable(const std::string& name, const std::string& text) {
        const std::string_view spelled = std::string_view(name).substr(sinks_variables.size());
        for (const Option& option : option_table()) {
            if (!option.is_of_sinks() || option.sink_key() == "name") {
                continue;
            }
            for (const bool is_file_reference : {false, true}) {
                const std::string suffix = "_" + upper_case(option.sink_key()) + (is_file_reference ? "_FILE" : "");
                if ((is_file_reference && !option.is_secret) || !spelled.ends_with(suffix)) {
                    continue;
                }
                set_sink_value(name, spelled.substr(0, spelled.size() - suffix.size()), option,
                               value_of(name, text, is_file_reference));
                return;
            }
        }
        if (!is_service_link(name)) {
            report(name, "it sets no known key of a sink",
                   "The name is GLASSFLOW_SINKS_<NAME>_<KEY>, with the name of the sink and its key in upper case.");
        }
    }

    void set_sink_value(const std::string& variable, std::string_view spelled, const Option& option, GivenValue value) {
        const std::vector<std::string> matches = matching_sinks(spelled);
        if (matches.size() != 1) {
            report(
                variable,
                matches.empty() ? "there is no sink of that name" : "the names of several sinks are spelled like that",
                matches.empty() ? "Add the sink to the configuration file, or give its type as GLASSFLOW_SINKS_" +
                                      std::string(spelled) + "_TYPE."
                                : "Rename one of them: - and _ are the same in the name of a variable.");
            return;
        }
        GivenSink* sink = given_.find_sink(matches.front());
        if (sink == nullptr) {
            sink = &given_.sinks.emplace_back(GivenSink{.name = matches.front(), .place = value.place, .values = {}});
        }
        give(sink->values, option.sink_key(), std::move(value),
             "sinks." + sink->name + "." + std::string(option.sink_key()), problems_);
    }

    const Environment& environment_;
    std::vector<std::string> sink_names_;
    Problems& problems_;
    GivenValues given_;
};

}  // namespace

GivenValues read_environment_layer(const Environment& environment, const std::vector<std::string>& sink_names,
                                   Problems& problems) {
    return EnvironmentReader(environment, sink_names, problems).read();
}

}  // namespace glassflow::config
