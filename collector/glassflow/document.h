// A tree of maps, lists and scalars that keeps its order: what a pipeline document is made of, whatever it is written
// as.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace glassflow::etl {

class Node {
public:
    using List = std::vector<Node>;
    using Map = std::vector<std::pair<std::string, Node>>;  // keys unique, in the order they were added

    Node() = default;  // null
    Node(bool value) : value_(value) {}
    Node(std::int64_t value) : value_(value) {}
    Node(double value) : value_(value) {}
    Node(std::string value) : value_(std::move(value)) {}
    Node(const char* value) : value_(std::string(value)) {}
    Node(std::string_view value) : value_(std::string(value)) {}

    static Node list() { return Node(List{}, 0); }
    static Node map(std::initializer_list<std::pair<std::string, Node>> entries = {}) { return Node(Map(entries), 0); }

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    bool is_map() const { return std::holds_alternative<Map>(value_); }
    bool is_list() const { return std::holds_alternative<List>(value_); }
    bool is_scalar() const { return !is_map() && !is_list(); }

    const Map& entries() const { return std::get<Map>(value_); }
    Map& entries() { return std::get<Map>(value_); }
    const List& elements() const { return std::get<List>(value_); }
    List& elements() { return std::get<List>(value_); }
    const auto& value() const { return value_; }

    void add(std::string key, Node node) { entries().emplace_back(std::move(key), std::move(node)); }
    void push(Node node) { elements().push_back(std::move(node)); }

    // Of a map; nullptr when it has none, or is no map.
    const Node* find(std::string_view key) const;
    Node* find(std::string_view key);
    // The text of a string below a key; empty when there is none.
    std::string text(std::string_view key) const;
    // The string itself; empty for anything else.
    std::string text() const;
    std::int64_t integer(std::string_view key) const;  // 0 when there is none

    bool operator==(const Node&) const = default;

    // Written before it, as lines that begin with #; YAML only.
    std::vector<std::string> comments;

private:
    Node(List list, int) : value_(std::move(list)) {}
    Node(Map map, int) : value_(std::move(map)) {}

    std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> value_;
};

// Both end with a line feed. Every string comes back as the same string, through any YAML 1.1 or 1.2 reader.
std::string to_json(const Node& node);
std::string to_compact_json(const Node& node);  // on one line, without the line feed
std::string to_yaml(const Node& node);

// Throws std::invalid_argument, with a phrase that says what is wrong. Depth is bounded.
Node parse_json(std::string_view text);

}  // namespace glassflow::etl
