// Flags -> given values. A secret is no flag: every user of the machine could read it in the process list.
#include <algorithm>

#include "config/layers.h"
#include "config/option_table.h"
#include "config/value_text.h"

namespace glassflow::config {
namespace {

constexpr std::string_view sinks_flags = "sinks.";
constexpr std::string_view file_suffix = "_file";

struct SinkFlag {
    std::string_view name;
    std::string_view key;
};

// "sinks.files.path" -> files, path.
SinkFlag split_sink_flag(std::string_view flag) {
    const std::string_view rest = flag.substr(sinks_flags.size());
    const std::size_t dot = rest.find('.');
    return {rest.substr(0, dot), dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1)};
}

class FlagReader {
public:
    FlagReader(const std::vector<std::string>& sink_names, Problems& problems)
        : sink_names_(sink_names), problems_(problems) {}

    GivenValues read(const Flags& flags) {
        for (const auto& [flag, text] : flags) {
            if (flag.starts_with(sinks_flags) && split_sink_flag(flag).key == "type") {
                add_sink(std::string(split_sink_flag(flag).name), "flag --" + flag);
            }
        }
        for (const auto& [flag, text] : flags) {
            if (flag.starts_with(sinks_flags)) {
                read_sink_flag(flag, text);
            } else {
                read_flag(flag, text);
            }
        }
        return std::move(given_);
    }

private:
    void report(const std::string& flag, const std::string& what, const std::string& hint) {
        problems_.push_back({"flag --" + flag, "", what, hint});
    }

    // The first --sinks.NAME.type of a name that no earlier layer has makes the sink.
    void add_sink(const std::string& name, const std::string& place) {
        if (std::ranges::count(sink_names_, name) != 0) {
            return;
        }
        GivenSink sink{.name = name, .place = place, .values = {}};
        sink.values["name"] = {.items = {name}, .place = place, .shown = name};
        given_.sinks.push_back(std::move(sink));
        sink_names_.push_back(name);
    }

    // The option that the key names, as KEY or KEY_file; nullptr and reported when there is none to set by a flag.
    const Option* option_of(const std::string& flag, const std::string& key, std::string_view prefix,
                            bool& is_file_reference) {
        is_file_reference = false;
        const Option* option = find_option(key);
        if (option == nullptr && key.ends_with(file_suffix)) {
            option = find_option(std::string_view(key).substr(0, key.size() - file_suffix.size()));
            is_file_reference = option != nullptr && option->is_secret;
            option = is_file_reference ? option : nullptr;
        }
        if (option == nullptr || key == "sinks[].name") {
            std::vector<std::string> known = keys_below(prefix);
            std::erase(known, "name");
            report(flag, "it sets no known key", unknown_key_hint(std::string_view(key).substr(prefix.size()), known));
            return nullptr;
        }
        if (option->is_secret && !is_file_reference) {
            report(
                flag, "a secret cannot be given as a flag, where the process list shows it",
                "Give it in the environment as " + environment_name(*option) + ", or its file as --" + flag + "_file.");
            return nullptr;
        }
        return option;
    }

    static GivenValue value_of(const std::string& flag, const std::string& text, bool is_file_reference) {
        return {.items = {text}, .place = "flag --" + flag, .shown = text, .is_file_reference = is_file_reference};
    }

    void read_flag(const std::string& flag, const std::string& text) {
        const std::size_t dot = flag.find('.');
        const std::string section = dot == std::string::npos ? "" : flag.substr(0, dot + 1);
        bool is_file_reference = false;
        const Option* option = option_of(flag, flag, keys_below(section).empty() ? "" : section, is_file_reference);
        if (option != nullptr) {
            give(given_.values, option->key, value_of(flag, text, is_file_reference), std::string(option->key),
                 problems_);
        }
    }

    void read_sink_flag(const std::string& flag, const std::string& text) {
        const SinkFlag parts = split_sink_flag(flag);
        bool is_file_reference = false;
        const Option* option = option_of(flag, std::string(Option::sinks_prefix) + std::string(parts.key),
                                         Option::sinks_prefix, is_file_reference);
        if (option == nullptr) {
            return;
        }
        if (std::ranges::count(sink_names_, parts.name) == 0) {
            report(flag, "there is no sink called " + excerpt(parts.name),
                   "Add the sink to the configuration file, or give its type as --sinks." + std::string(parts.name) +
                       ".type.");
            return;
        }
        GivenSink* sink = given_.find_sink(parts.name);
        if (sink == nullptr) {
            sink = &given_.sinks.emplace_back(
                GivenSink{.name = std::string(parts.name), .place = "flag --" + flag, .values = {}});
        }
        give(sink->values, option->sink_key(), value_of(flag, text, is_file_reference),
             "sinks." + sink->name + "." + std::string(option->sink_key()), problems_);
    }

    std::vector<std::string> sink_names_;
    Problems& problems_;
    GivenValues given_;
};

}  // namespace

GivenValues read_flag_layer(const Flags& flags, const std::vector<std::string>& sink_names, Problems& problems) {
    return FlagReader(sink_names, problems).read(flags);
}

}  // namespace glassflow::config
