// Texts are always quoted, so that nothing a person may have written is taken for YAML or for ${...} when read again.
#include "config/configuration_text.h"

#include <array>
#include <cstdio>

#include "config/option_table.h"
#include "config/value_text.h"

namespace glassflow::config {
namespace {

std::string value_text(const Option& option, const Field& field) {
    if (option.is_secret && !field_text(option, field).empty()) {
        return yaml_quoted(secret_mask);
    }
    if (const auto* const list = std::get_if<std::vector<std::string>*>(&field)) {
        std::string text;
        for (const std::string& element : **list) {
            text += (text.empty() ? "" : ", ") + yaml_quoted(element);
        }
        return "[" + text + "]";
    }
    const bool is_text = option.kind == Kind::text || field_text(option, field).empty();
    return is_text ? yaml_quoted(field_text(option, field)) : field_text(option, field);
}

std::string sinks_text(Configuration& configuration) {
    std::string text = "sinks:\n";
    for (SinkConfiguration& sink : configuration.sinks) {
        std::string indent = "  - ";
        for (const Option& option : option_table()) {
            if (!option.is_of_sinks() || !option.belongs_to(type_of(sink))) {
                continue;
            }
            text += indent + std::string(option.sink_key()) + ": ";
            text +=
                option.sink_key() == "type" ? std::string(type_of(sink)) : value_text(option, option.sink_field(sink));
            text += '\n';
            indent = "    ";
        }
    }
    return text;
}

}  // namespace

std::string yaml_quoted(std::string_view text) {
    std::string quoted_text = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' || c == '\\') {
            quoted_text += '\\';
        } else if (c == '$' && i + 1 < text.size() && text[i + 1] == '{') {
            quoted_text += '$';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(c));
            quoted_text += escaped.data();
        } else {
            quoted_text += c;
        }
    }
    return quoted_text + '"';
}

std::string configuration_text(const Configuration& configuration) {
    Configuration copy = configuration;  // fields are reached through pointers to non-const
    std::string text;
    std::string section;
    for (const Option& option : option_table()) {
        if (option.is_of_sinks()) {
            if (section != "sinks") {
                text += sinks_text(copy);
                section = "sinks";
            }
            continue;
        }
        const std::size_t dot = option.key.find('.');
        const std::string option_section(dot == std::string_view::npos ? "" : option.key.substr(0, dot));
        if (option_section != section && !option_section.empty()) {
            text += option_section + ":\n";
        }
        section = option_section;
        text += (section.empty() ? "" : "  ") + std::string(option.key.substr(section.empty() ? 0 : dot + 1)) + ": " +
                value_text(option, option.field(copy)) + "\n";
    }
    return text;
}

}  // namespace glassflow::config
