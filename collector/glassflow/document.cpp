// RapidJSON writes and reads JSON; yaml-cpp writes YAML. What is a string is quoted unless it cannot be taken for
// anything else, and escaped where readers disagree about raw characters.
#include "glassflow/document.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace glassflow::etl {

namespace {

constexpr int depth_max = 64;

template <typename Writer>
void write_json(Writer& writer, const Node& node) {
    std::visit(
        [&](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::monostate>) {
                writer.Null();
            } else if constexpr (std::is_same_v<Value, bool>) {
                writer.Bool(value);
            } else if constexpr (std::is_same_v<Value, std::int64_t>) {
                writer.Int64(value);
            } else if constexpr (std::is_same_v<Value, double>) {
                writer.Double(value);
            } else if constexpr (std::is_same_v<Value, std::string>) {
                writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
            } else if constexpr (std::is_same_v<Value, Node::List>) {
                writer.StartArray();
                for (const Node& element : value)
                    write_json(writer, element);
                writer.EndArray();
            } else {
                writer.StartObject();
                for (const auto& [key, entry] : value) {
                    writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
                    write_json(writer, entry);
                }
                writer.EndObject();
            }
        },
        node.value());
}

// Words that a YAML reader takes for something else than text.
constexpr std::array<std::string_view, 12> yaml_words = {"true", "false", "yes", "no",  "on",  "off",
                                                         "null", "y",     "n",   "nan", "inf", "none"};

bool is_plain(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_inner = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
    };
    if (text.empty() || !(is_letter(text.front()) || text.front() == '_') || !std::ranges::all_of(text, is_inner))
        return false;
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return std::ranges::find(yaml_words, lower) == yaml_words.end();
}

bool is_printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void write_yaml_string(YAML::Emitter& out, const std::string& text) {
    if (is_plain(text))
        out << text;
    else if (is_printable_ascii(text) && text.find('"') != std::string::npos && text.find('\'') == std::string::npos)
        out << YAML::SingleQuoted << text;
    else
        out << YAML::DoubleQuoted << text;
}

void write_comments(YAML::Emitter& out, const Node& node) {
    for (const std::string& comment : node.comments)
        out << YAML::Comment(comment) << YAML::Newline;
}

bool is_short(const Node& node) {
    const auto is_plain_entry = [](const auto& entry) {
        return entry.second.is_scalar() && entry.second.comments.empty();
    };
    if (node.is_map())
        return node.entries().size() <= 3 && std::ranges::all_of(node.entries(), is_plain_entry);
    return node.is_list() && std::ranges::all_of(node.elements(), [](const Node& n) { return n.is_scalar(); });
}

void write_yaml(YAML::Emitter& out, const Node& node) {
    if (!node.is_map() && !node.is_list()) {
        std::visit(
            [&](const auto& value) {
                using Value = std::decay_t<decltype(value)>;
                if constexpr (std::is_same_v<Value, std::monostate>)
                    out << YAML::Null;
                else if constexpr (std::is_same_v<Value, std::string>)
                    write_yaml_string(out, value);
                else if constexpr (!std::is_same_v<Value, Node::List> && !std::is_same_v<Value, Node::Map>)
                    out << value;
            },
            node.value());
        return;
    }
    if (is_short(node))
        out << YAML::Flow;
    if (node.is_list()) {
        out << YAML::BeginSeq;
        for (const Node& element : node.elements()) {
            write_comments(out, element);
            write_yaml(out, element);
        }
        out << YAML::EndSeq;
        return;
    }
    out << YAML::BeginMap;
    for (const auto& [key, entry] : node.entries()) {
        write_comments(out, entry);
        out << YAML::Key;
        write_yaml_string(out, key);
        out << YAML::Value;
        write_yaml(out, entry);
    }
    out << YAML::EndMap;
}

Node from_rapidjson(const rapidjson::Value& value, int depth) {
    if (depth > depth_max)
        throw std::invalid_argument("it is nested too deeply");
    if (value.IsBool())
        return value.GetBool();
    if (value.IsInt64())
        return value.GetInt64();
    if (value.IsNumber())
        return value.GetDouble();
    if (value.IsString())
        return std::string(value.GetString(), value.GetStringLength());
    if (value.IsArray()) {
        Node list = Node::list();
        for (const auto& element : value.GetArray())
            list.push(from_rapidjson(element, depth + 1));
        return list;
    }
    if (value.IsObject()) {
        Node map = Node::map();
        for (const auto& member : value.GetObject())
            map.add({member.name.GetString(), member.name.GetStringLength()}, from_rapidjson(member.value, depth + 1));
        return map;
    }
    return {};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    if (!is_map())
        return nullptr;
    const auto found = std::ranges::find(entries(), key, &std::pair<std::string, Node>::first);
    return found == entries().end() ? nullptr : &found->second;
}

Node* Node::find(std::string_view key) {
    return const_cast<Node*>(std::as_const(*this).find(key));
}

std::string Node::text() const {
    const auto* const text = std::get_if<std::string>(&value_);
    return text == nullptr ? std::string() : *text;
}

std::string Node::text(std::string_view key) const {
    const Node* const node = find(key);
    return node == nullptr ? std::string() : node->text();
}

std::int64_t Node::integer(std::string_view key) const {
    const Node* const node = find(key);
    const auto* const number = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->value_);
    return number == nullptr ? 0 : *number;
}

std::string to_json(const Node& node) {
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    write_json(writer, node);
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string to_compact_json(const Node& node) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    write_json(writer, node);
    return {buffer.GetString(), buffer.GetSize()};
}

std::string to_yaml(const Node& node) {
    YAML::Emitter out;
    // Non-ASCII as \u: readers differ in what they let through raw, and some fold lines at U+2028.
    out.SetOutputCharset(YAML::EscapeNonAscii);
    write_comments(out, node);
    write_yaml(out, node);
    return std::string(out.c_str(), out.size()) + "\n";
}

Node parse_json(std::string_view text) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    if (document.HasParseError())
        throw std::invalid_argument(std::string("it is not JSON: ") +
                                    rapidjson::GetParseError_En(document.GetParseError()));
    return from_rapidjson(document, 0);
}

}  // namespace glassflow::etl
