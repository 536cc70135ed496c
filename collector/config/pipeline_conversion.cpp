#include "config/pipeline_conversion.h"

#include <algorithm>
#include <string_view>

#include "config/configuration_text.h"
#include "config/option_table.h"

namespace glassflow::config {
namespace {

constexpr std::string_view source_prefix = "source.";
constexpr const char* password_variable = "PGPASSWORD";
constexpr const char* pipeline_variable = "GLASSFLOW_PIPELINE_ID";
constexpr const char* token_variable = "GLASSFLOW_TOKEN";

std::string reference(std::string_view variable) {
    return "${" + std::string(variable) + "}";
}

std::string value_text(const Option& option, const DocumentValue& value) {
    if (!value.variable.empty()) {
        return reference(value.variable);
    }
    if (option.is_secret) {
        return reference(password_variable);
    }
    if (option.kind != Kind::list) {
        return yaml_quoted(value.items.front());
    }
    std::string list;
    for (const std::string& item : value.items) {
        list += (list.empty() ? "" : ", ") + yaml_quoted(item);
    }
    return "[" + list + "]";
}

// A comment is of one line, whatever a document's texts hold.
std::string comment_text(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    return text;
}

std::string source_text(const PipelineDocument& document) {
    std::string text = "source:\n";
    for (const Option& option : option_table()) {
        const auto found = document.settings.find(std::string(option.key));
        if (found == document.settings.end()) {
            continue;
        }
        text += "  " + std::string(option.key.substr(source_prefix.size())) + ": " + value_text(option, found->second);
        if (option.is_secret && found->second.variable.empty()) {
            text += "  # the document has it in plain text: put it into this environment variable";
        }
        text += "\n";
    }
    return text;
}

}  // namespace

std::string converted_text(const PipelineDocument& document) {
    std::string text = "# Source of the GlassFlow pipeline";
    text += (document.name.empty() ? "" : " " + comment_text(document.name)) + ".\n";
    if (!document.other_components.empty()) {
        text += "# What stays with GlassFlow: ";
        for (std::size_t i = 0; i < document.other_components.size(); ++i) {
            text += (i == 0 ? "" : ", ") + comment_text(document.other_components[i]);
        }
        text += ".\n";
    }
    const std::string id =
        document.pipeline_id.empty() ? reference(pipeline_variable) : yaml_quoted(document.pipeline_id);
    return text + source_text(document) +
           "sinks:\n"
           "  - name: glassflow\n"
           "    type: glassflow\n"
           "    pipeline_id: " +
           id +
           "\n"
           "    access_token: " +
           reference(token_variable) +
           "\n"
           "    format: wal2json  # what functions of such pipelines expect\n";
}

}  // namespace glassflow::config
