// A YAML file -> given values: walks the tree by the keys of the option table.
#include <algorithm>

#include "config/layers.h"
#include "config/nearest_name.h"
#include "config/option_table.h"
#include "config/text_file.h"
#include "config/value_text.h"
#include "config/yaml_tree.h"

namespace glassflow::config {
namespace {

constexpr std::size_t max_file_bytes = 1 << 20;
constexpr std::string_view file_suffix = "_file";

class FileReader {
public:
    FileReader(const std::string& path, const Environment& environment, Reports reports)
        : path_(path), environment_(environment), problems_(reports.problems), absences_(reports.absences) {
        given_.file = path;
    }

    GivenValues read(const YamlNode& root) {
        if (root.kind == YamlNode::Kind::mapping) {
            read_section(root, "");
        } else if (root.kind != YamlNode::Kind::null) {
            throw ConfigError({{place(root.line), "", "the file is not a mapping of keys to values",
                                "Begin it with source: and sinks:."}});
        }
        return std::move(given_);
    }

private:
    std::string place(int line) const { return path_ + ":" + std::to_string(line); }

    void report(int line, const std::string& key, const std::string& what, const std::string& hint) {
        problems_.push_back({place(line), key, what, hint});
    }

    // False, and reported, when the key was there before.
    bool is_first(const YamlNode& mapping, std::size_t index, const std::string& display_key) {
        const auto first = std::ranges::find(mapping.keys, mapping.keys[index]);
        const auto first_index = static_cast<std::size_t>(first - mapping.keys.begin());
        if (first_index != index) {
            report(mapping.key_lines[index], display_key, display_key + " is given twice",
                   "Remove one of them; the first is on line " + std::to_string(mapping.key_lines[first_index]) + ".");
        }
        return first_index == index;
    }

    void read_section(const YamlNode& section, const std::string& prefix) {
        const std::vector<std::string> known = keys_below(prefix);
        for (std::size_t i = 0; i < section.keys.size(); ++i) {
            const std::string key = prefix + section.keys[i];
            const YamlNode& value = section.children[i];
            if (!std::ranges::count(known, section.keys[i])) {
                report(section.key_lines[i], key, "unknown key " + excerpt(key),
                       unknown_key_hint(section.keys[i], known));
            } else if (!is_first(section, i, key)) {
                continue;
            } else if (key == "sinks") {
                read_sinks(value);
            } else if (!keys_below(key + ".").empty()) {
                read_subsection(value, key);
            } else {
                read_value(value, key, key, given_.values);
            }
        }
    }

    void read_subsection(const YamlNode& value, const std::string& key) {
        if (value.kind == YamlNode::Kind::mapping) {
            read_section(value, key + ".");
        } else if (value.kind != YamlNode::Kind::null) {
            report(value.line, key, key + " must be a mapping of keys to values",
                   "Indent its keys below it, such as \"" + key + ":\" and on the next line \"  " +
                       keys_below(key + ".").front() + ": ...\".");
        }
    }

    void read_sinks(const YamlNode& value) {
        if (value.kind != YamlNode::Kind::sequence) {
            given_.has_broken_sinks = true;
            report(value.line, "sinks", "sinks must be a list",
                   "Begin each sink with a dash: \"- name: files\" and its other keys below name.");
            return;
        }
        for (std::size_t i = 0; i < value.children.size(); ++i) {
            const YamlNode& node = value.children[i];
            if (node.kind != YamlNode::Kind::mapping) {
                given_.has_broken_sinks = true;
                const std::string key = "sinks[" + std::to_string(i) + "]";
                report(node.line, key, key + " must be a mapping of keys to values",
                       "Give each sink at least name and type.");
                continue;
            }
            read_sink(node, i);
        }
    }

    void read_sink(const YamlNode& node, std::size_t index) {
        GivenSink sink;
        sink.place = place(node.line);
        const auto name = std::ranges::find(node.keys, "name");
        if (name != node.keys.end()) {
            sink.name = node.children[static_cast<std::size_t>(name - node.keys.begin())].text;
        }
        const std::string display =
            sink.name.empty() ? "sinks[" + std::to_string(index) + "]." : "sinks." + sink.name + ".";
        const std::vector<std::string> known = keys_below(Option::sinks_prefix);
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const std::string& key = node.keys[i];
            if (!std::ranges::count(known, key)) {
                report(node.key_lines[i], display + key, "unknown key " + excerpt(display + key),
                       unknown_key_hint(key, known));
            } else if (is_first(node, i, display + key)) {
                read_value(node.children[i], std::string(Option::sinks_prefix) + key, display + key, sink.values);
            }
        }
        given_.sinks.push_back(std::move(sink));
    }

    void read_value(const YamlNode& node, const std::string& key, const std::string& display_key, GivenMap& values) {
        const bool is_file_reference = find_option(key) == nullptr;  // a known key that is no option is KEY_file
        const std::string option_key = is_file_reference ? key.substr(0, key.size() - file_suffix.size()) : key;
        const Option& option = *find_option(option_key);
        GivenValue value{.items = {}, .place = place(node.line), .shown = {}, .is_file_reference = is_file_reference};
        if (node.kind == YamlNode::Kind::mapping || node.kind == YamlNode::Kind::null ||
            (node.kind == YamlNode::Kind::sequence && option.kind != Kind::list)) {
            const bool is_null = node.kind == YamlNode::Kind::null;
            report(node.line, display_key,
                   display_key + (is_null ? " has no value" : " must be " + expectation(option)),
                   is_null ? "Give it a value, \"\" if it shall be empty, or remove the key."
                           : "Write the value behind the key, on the same line.");
            value.is_broken = true;
        } else if (node.kind == YamlNode::Kind::sequence) {
            for (const YamlNode& element : node.children) {
                read_scalar(element, display_key, value);
            }
        } else {
            read_scalar(node, display_key, value);
        }
        const std::string slot(option.is_of_sinks() ? option.sink_key() : option.key);
        const std::string slot_display =
            is_file_reference ? display_key.substr(0, display_key.size() - file_suffix.size()) : display_key;
        give(values, slot, std::move(value), slot_display, problems_);
    }

    void read_scalar(const YamlNode& node, const std::string& display_key, GivenValue& value) {
        if (node.kind != YamlNode::Kind::scalar) {
            report(node.line, display_key, display_key + " must be a list of texts",
                   "Write each element as text, in quotes when it begins with * or another YAML sign.");
            value.is_broken = true;
            return;
        }
        value.shown += (value.shown.empty() ? "" : ", ") + node.text;
        try {
            value.items.push_back(interpolate(node.text, environment_));
        } catch (const InterpolationError& e) {
            Problems& told = e.is_absence() ? absences_ : problems_;
            told.push_back({place(node.line), display_key, display_key + ": " + e.what(), e.hint()});
            value.is_broken = true;
        }
    }

    const std::string& path_;
    const Environment& environment_;
    Problems& problems_;
    Problems& absences_;
    GivenValues given_;
};

}  // namespace

std::vector<std::string> keys_below(std::string_view prefix) {
    std::vector<std::string> keys;
    const auto add = [&](std::string key) {
        if (!std::ranges::count(keys, key)) {
            keys.push_back(std::move(key));
        }
    };
    for (const Option& option : option_table()) {
        if (!option.key.starts_with(prefix)) {
            continue;
        }
        const std::string_view rest = option.key.substr(prefix.size());
        const std::size_t end = rest.find_first_of(".[");
        add(std::string(rest.substr(0, end)));
        if (option.is_secret && end == std::string_view::npos) {
            add(std::string(rest) + std::string(file_suffix));
        }
    }
    return keys;
}

std::string unknown_key_hint(std::string_view key, const std::vector<std::string>& known) {
    if (const std::string nearest = nearest_name(key, known); !nearest.empty()) {
        return "Did you mean \"" + nearest + "\"?";
    }
    for (const Option& option : option_table()) {
        if (option.key.substr(option.key.find_last_of('.') + 1) == key) {
            return "Did you mean \"" + std::string(option.key) + "\"?";
        }
    }
    std::string list;
    for (const std::string& name : known) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return "Known keys here are " + list + ".";
}

GivenValues read_file_layer(const std::string& path, const Environment& environment, Reports reports) {
    try {
        return FileReader(path, environment, reports).read(parse_yaml(read_text_file(path, max_file_bytes).text));
    } catch (const FileError& e) {
        throw ConfigError({{path, "", std::string("could not read the configuration file: ") + e.what(),
                            "Check the path given by --config or GLASSFLOW_CONFIG, and that you may read it."}});
    } catch (const YamlError& e) {
        throw ConfigError({{path + ":" + std::to_string(e.line()), "", e.what(),
                            "Correct this line; indentation is by spaces, and texts with YAML signs need quotes."}});
    }
}

}  // namespace glassflow::config
