#include "config/pipeline_document.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "config/interpolation.h"
#include "config/nearest_name.h"
#include "config/value_text.h"
#include "postgres/settings.h"

namespace glassflow::config {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view args_key = "replication_output_plugin_args";

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> keys{
    {{"db_host", "source.host"},
     {"db_port", "source.port"},
     {"db_user", "source.user"},
     {"db_pass", "source.password"},
     {"db_name", "source.database"},
     {"db_sslmode", "source.sslmode"},
     {"replication_slot", "source.slot"},
     {"publication", "source.publications"},
     {"replication_output_plugin_name", "source.plugin"},
     {args_key, ""}}};  // to what, the plugin decides

constexpr std::array required_keys{"db_host", "db_user", "db_pass", "db_name", "replication_slot"};

const YamlNode* child(const YamlNode& mapping, std::string_view key) {
    const auto found = std::ranges::find(mapping.keys, key);
    return found == mapping.keys.end() ? nullptr
                                       : &mapping.children[static_cast<std::size_t>(found - mapping.keys.begin())];
}

std::string text_of(const YamlNode& mapping, std::string_view key) {
    const YamlNode* const node = child(mapping, key);
    return node == nullptr || node->kind != Kind::scalar ? std::string() : node->text;
}

class DocumentReader {
public:
    DocumentReader(const std::string& path, Problems& problems, Problems& warnings)
        : path_(path), problems_(problems), warnings_(warnings) {}

    PipelineDocument read(const YamlNode& root) {
        const YamlNode* const components = root.kind == Kind::mapping ? child(root, "components") : nullptr;
        if (components == nullptr || components->kind != Kind::sequence) {
            report(components == nullptr ? root.line : components->line, "components",
                   "the pipeline document has no list of components",
                   "It must be one of GlassFlow's pipelines with a component of type source and kind postgres; a "
                   "configuration of the collector is given by --config.");
            return {};
        }
        document_.name = text_of(root, "name");
        document_.pipeline_id = text_of(root, "pipeline_id");
        if (const YamlNode* const id = child(root, "pipeline_id")) {
            document_.pipeline_id_line = id->line;
        }
        if (const YamlNode* const source = find_source(*components)) {
            read_source(*source);
        }
        return std::move(document_);
    }

private:
    void report(int line, const std::string& key, const std::string& what, const std::string& hint) {
        problems_.push_back({path_ + ":" + std::to_string(line), key, what, hint});
    }

    const YamlNode* find_source(const YamlNode& components) {
        const YamlNode* source = nullptr;
        for (const YamlNode& component : components.children) {
            const std::string type = component.kind == Kind::mapping ? text_of(component, "type") : "";
            if (type != "source") {
                const std::string kind = component.kind == Kind::mapping ? text_of(component, "kind") : "";
                document_.other_components.push_back(type + (kind.empty() ? "" : " " + kind));
            } else if (source != nullptr) {
                report(component.line, "components", "the pipeline document has a second component of type source",
                       "Leave one; the first is on line " + std::to_string(source->line) + ".");
            } else {
                source = &component;
            }
        }
        if (source == nullptr) {
            report(components.line, "components", "the pipeline document has no component of type source",
                   "Add one of kind postgres, or give the source in a configuration file (--config FILE).");
        }
        return source;
    }

    void read_source(const YamlNode& source) {
        const std::string kind = text_of(source, "kind");
        if (kind != "postgres") {
            report(source.line, "kind",
                   kind.empty() ? "the source of the pipeline document has no kind"
                                : "the source of the pipeline document is of kind " + excerpt(kind),
                   "Only kind postgres says where a database is; else give it in a configuration file "
                   "(--config FILE).");
            return;
        }
        const YamlNode* const config = child(source, "config");
        const YamlNode* const configuration = child(source, "configuration");
        const YamlNode* const settings = config != nullptr ? config : configuration;
        if (settings == nullptr || (config != nullptr && configuration != nullptr)) {
            report(source.line, "config",
                   settings == nullptr ? "the source of the pipeline document has no config"
                                       : "the source of the pipeline document has both config and configuration",
                   "Give db_host, db_name, replication_slot and so on below config.");
            return;
        }
        read_settings(*settings);
        for (const char* const key : required_keys) {
            if (!seen_.contains(key)) {
                report(settings->line, key, std::string(key) + " is missing",
                       "GlassFlow requires it in a source of kind postgres; add it.");
            }
        }
        read_arguments();
    }

    void read_settings(const YamlNode& settings) {
        if (settings.kind == Kind::mapping) {
            read_mapping(settings);
            return;
        }
        const auto is_one_key = [](const YamlNode& node) {
            return node.kind == Kind::mapping && node.keys.size() == 1;
        };
        if (settings.kind != Kind::sequence || !std::ranges::all_of(settings.children, is_one_key)) {
            report(settings.line, "config", "config must be a mapping, or a list of mappings of one key each",
                   "Write db_host: and the others below it, one a line.");
            return;
        }
        for (const YamlNode& element : settings.children) {
            read_mapping(element);
        }
    }

    void read_mapping(const YamlNode& mapping) {
        for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
            const std::string& key = mapping.keys[i];
            const auto known = std::ranges::find(keys, std::string_view(key), &decltype(keys)::value_type::first);
            if (known == keys.end()) {
                refuse_key(key, mapping.key_lines[i]);
            } else if (const auto [first, is_new] = seen_.emplace(key, mapping.key_lines[i]); !is_new) {
                report(mapping.key_lines[i], key, key + " is given twice",
                       "Remove one of them; the first is on line " + std::to_string(first->second) + ".");
            } else if (auto value = read_value(mapping.children[i], key); value && key == args_key) {
                arguments_ = std::move(*value);
            } else if (value) {
                document_.settings.emplace(known->second, std::move(*value));
            }
        }
    }

    void refuse_key(const std::string& key, int line) {
        std::vector<std::string> known;
        std::string list;
        for (const auto& [name, ignored] : keys) {
            known.emplace_back(name);
            list += (list.empty() ? "" : ", ") + std::string(name);
        }
        const std::string nearest = nearest_name(key, known);
        report(line, key, "unknown key " + excerpt(key) + " of a source of kind postgres",
               nearest.empty() ? "Known keys here are " + list + "." : "Did you mean \"" + nearest + "\"?");
    }

    // nullopt when there is nothing to take over: a problem was reported, or an empty value stands for none.
    std::optional<DocumentValue> read_value(const YamlNode& node, const std::string& key) {
        DocumentValue value{.items = {}, .variable = {}, .line = node.line, .document_key = key};
        if (node.kind == Kind::mapping) {
            return read_wrapped(node, std::move(value));
        }
        const bool is_list = key == args_key || key == "publication";
        if (node.kind == Kind::null) {
            return std::nullopt;
        }
        if (node.kind == Kind::sequence) {
            for (const YamlNode& element : node.children) {
                if (!is_list || element.kind != Kind::scalar) {
                    report(element.line, key, key + (is_list ? " must be a list of texts" : " must be a text"),
                           "Write its value behind the key, on the same line.");
                    return std::nullopt;
                }
                value.items.push_back(element.text);
            }
        } else {
            value.items.push_back(node.text);
        }
        const bool is_empty = value.items.empty() || (value.items.size() == 1 && value.items.front().empty());
        return is_empty ? std::nullopt : std::optional(std::move(value));
    }

    std::optional<DocumentValue> read_wrapped(const YamlNode& node, DocumentValue value) {
        const std::string key = value.document_key;
        const YamlNode* const plain = node.keys.size() == 1 ? child(node, "value") : nullptr;
        if (plain != nullptr && plain->kind != Kind::mapping) {
            return read_value(*plain, key);
        }
        const YamlNode* const reference = node.keys.size() == 1 ? child(node, "secret_ref") : nullptr;
        value.variable =
            reference == nullptr || reference->kind != Kind::mapping ? std::string() : text_of(*reference, "key");
        if (value.variable.empty()) {
            report(node.line, key, key + " is neither a text nor one of {value: ...} and {secret_ref: {type, key}}",
                   "Write it as GlassFlow's documentation shows.");
            return std::nullopt;
        }
        if (!is_variable_name(value.variable)) {
            report(node.line, key, key + " refers to a secret whose key no environment variable can have as its name",
                   "Use letters, digits and _ and no digit first: the collector takes the secret from the environment "
                   "variable of that name.");
            return std::nullopt;
        }
        return value;
    }

    // Which of our settings an argument of the plugin is. Those that only change how the plugin writes are dropped:
    // the collector chooses them, and its events do not depend on them.
    void read_arguments() {
        const auto plugin = document_.settings.find("source.plugin");
        const bool is_pgoutput =
            plugin != document_.settings.end() && plugin->second.items == std::vector<std::string>{"pgoutput"};
        DocumentValue taken{
            .items = {}, .variable = {}, .line = arguments_.line, .document_key = std::string(args_key)};
        for (const std::string& item : arguments_.items) {
            const std::string argument = plugin_argument(item);
            if (argument.empty()) {
                report(arguments_.line, taken.document_key,
                       taken.document_key + " holds " + excerpt(item) + ", which is no option of a plugin",
                       "Write each as NAME=VALUE, such as format-version=2.");
            } else if (is_pgoutput && argument.starts_with("publication_names=")) {
                document_.settings.try_emplace(
                    "source.publications",
                    DocumentValue{{argument.substr(argument.find('=') + 1)}, {}, arguments_.line, taken.document_key});
            } else if (!is_pgoutput && postgres::wal2json_argument_name(argument)) {
                taken.items.push_back(argument);
            } else {
                warnings_.push_back(
                    {path_ + ":" + std::to_string(arguments_.line), taken.document_key,
                     "the plugin's option " + excerpt(argument.substr(0, argument.find('='))) + " is left out",
                     "The collector sets by itself how the plugin writes; its events do not depend on it."});
            }
        }
        if (!taken.items.empty()) {
            document_.settings.emplace("source.wal2json_args", std::move(taken));
        }
    }

    const std::string& path_;
    Problems& problems_;
    Problems& warnings_;
    PipelineDocument document_;
    DocumentValue arguments_;
    std::map<std::string, int, std::less<>> seen_;  // keys, with their lines
};

std::string without_quotes(std::string_view text, char quote) {
    if (text.size() >= 2 && text.front() == quote && text.back() == quote) {
        text = text.substr(1, text.size() - 2);
    }
    return std::string(text);
}

}  // namespace

PipelineDocument read_pipeline_document(const YamlNode& root, const std::string& path, Problems& problems,
                                        Problems& warnings) {
    return DocumentReader(path, problems, warnings).read(root);
}

std::string plugin_argument(const std::string& text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_-";
    const std::size_t end = text.find_first_of("= ");
    if (end == std::string::npos) {
        return {};
    }
    const std::string name = without_quotes(std::string_view(text).substr(0, end), '"');
    const std::size_t begin = text.find_first_not_of(' ', end + 1);
    if (name.empty() || name.find_first_not_of(letters) != std::string::npos || begin == std::string::npos) {
        return {};
    }
    return name + "=" + without_quotes(std::string_view(text).substr(begin), '\'');
}

}  // namespace glassflow::config
