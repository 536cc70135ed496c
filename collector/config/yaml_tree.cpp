// Built on yaml-cpp's events rather than its nodes: nodes hide duplicate keys and expand aliases, events do neither.
#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "config/utf8.h"

namespace glassflow::config {
namespace {

constexpr std::size_t max_depth = 8;
constexpr std::size_t max_nodes = 50'000;

class TreeBuilder : public YAML::EventHandler {
public:
    YamlNode take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(has_document_, true)) {
            throw YamlError(mark.line + 1, "more than one YAML document");
        }
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_extras(mark, "", anchor);
        add(node(YamlNode::Kind::null, mark));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw YamlError(mark.line + 1, "YAML aliases (*name) are not supported");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_extras(mark, tag, anchor);
        // yaml-cpp 0.7 makes one byte of each, which is no UTF-8.
        if (find_invalid_utf8(value) != std::string::npos) {
            throw YamlError(mark.line + 1, R"(the escapes \N and \_ are not supported: write the character itself)");
        }
        YamlNode scalar = node(YamlNode::Kind::scalar, mark);
        scalar.text = value;
        add(std::move(scalar));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        refuse_extras(mark, tag, anchor);
        open(node(YamlNode::Kind::sequence, mark));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        refuse_extras(mark, tag, anchor);
        open(node(YamlNode::Kind::mapping, mark));
    }
    void OnMapEnd() override { close(); }

private:
    YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark) {
        if (++node_count_ > max_nodes) {
            throw YamlError(mark.line + 1, "too many YAML nodes");
        }
        YamlNode made;
        made.kind = kind;
        made.line = mark.line + 1;
        return made;
    }

    // yaml-cpp gives "?" to what has no tag and "!" to what is in quotes.
    static void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0) {
            throw YamlError(mark.line + 1, "YAML anchors (&name) are not supported");
        }
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw YamlError(mark.line + 1, "YAML tags (!name) are not supported");
        }
    }

    bool is_key_next() const {
        return !open_.empty() && open_.back().kind == YamlNode::Kind::mapping &&
               open_.back().keys.size() == open_.back().children.size();
    }

    void add(YamlNode value) {
        if (is_key_next()) {
            if (value.kind != YamlNode::Kind::scalar) {
                throw YamlError(value.line, "a key is not text");
            }
            open_.back().keys.push_back(std::move(value.text));
            open_.back().key_lines.push_back(value.line);
        } else if (open_.empty()) {
            root_ = std::move(value);
        } else {
            if (value.kind == YamlNode::Kind::null && open_.back().kind == YamlNode::Kind::mapping) {
                value.line = open_.back().key_lines.back();  // nothing has no line of its own
            }
            open_.back().children.push_back(std::move(value));
        }
    }

    void open(YamlNode value) {
        if (is_key_next()) {
            throw YamlError(value.line, "a key is not text");
        }
        if (open_.size() >= max_depth) {
            throw YamlError(value.line, "YAML is nested too deeply");
        }
        open_.push_back(std::move(value));
    }

    void close() {
        YamlNode finished = std::move(open_.back());
        open_.pop_back();
        add(std::move(finished));
    }

    YamlNode root_;
    std::vector<YamlNode> open_;
    std::size_t node_count_ = 0;
    bool has_document_ = false;
};

int line_of(const std::string& text, std::size_t position) {
    return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

}  // namespace

YamlNode parse_yaml(const std::string& text) {
    if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
        throw YamlError(line_of(text, nul), "the file holds a NUL byte");
    }
    if (const std::size_t invalid = find_invalid_utf8(text); invalid != std::string::npos) {
        throw YamlError(line_of(text, invalid), "the file is not valid UTF-8");
    }
    TreeBuilder builder;
    try {
        // Without white space at the end: yaml-cpp takes a quoted text that is never closed for one that ends with the
        // file when the file ends with a line feed, and everything behind the quote would be lost without a word.
        std::istringstream stream(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& e) {
        // yaml-cpp's phrases name the kind of mistake, not the text at fault.
        throw YamlError(std::max(e.mark.line, 0) + 1, "the file is not valid YAML: " + e.msg);
    }
    return builder.take_root();
}

}  // namespace glassflow::config
