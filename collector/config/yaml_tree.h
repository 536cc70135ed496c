// YAML text -> a small tree of texts with line numbers. The part of YAML that a configuration needs, and no more.
//
// Everything is text here ("5432", "true"): what it means is for the option table to say. Anchors, aliases, tags,
// several documents and keys that are not text are refused, depth and size are bounded.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace glassflow::config {

struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

    Kind kind = Kind::null;
    int line = 1;                    // where it begins, from 1
    std::string text;                // of a scalar
    std::vector<YamlNode> children;  // of a sequence and a mapping
    std::vector<std::string> keys;   // of a mapping, as many as children; duplicates are kept
    std::vector<int> key_lines;      // likewise
};

class YamlError : public std::runtime_error {
public:
    YamlError(int line, const std::string& what) : std::runtime_error(what), line_(line) {}
    int line() const { return line_; }

private:
    int line_;
};

// The null node when there is no document (an empty file, comments alone).
YamlNode parse_yaml(const std::string& text);

}  // namespace glassflow::config
