// What is wrong with a configuration: every finding of one loading, each with its place and its remedy.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace glassflow::config {

// Never holds the value of a secret.
struct Problem {
    std::string place;  // "shop.yaml:12", "environment variable GLASSFLOW_SOURCE_PORT", "flag --source.port"
    std::string key;    // "source.port", "sinks.files.path"; empty when it is about no single key
    std::string what;   // one lower-case phrase that names the thing
    std::string hint;   // a full sentence; may be empty

    std::string text() const { return place.empty() ? what : place + ": " + what; }
};

using Problems = std::vector<Problem>;

class ConfigError : public std::runtime_error {
public:
    explicit ConfigError(Problems problems) : std::runtime_error(join(problems)), problems_(std::move(problems)) {}
    const Problems& problems() const { return problems_; }

private:
    static std::string join(const Problems& problems) {
        std::string text;
        for (const Problem& problem : problems) {
            text += (text.empty() ? "" : "\n") + problem.text();
        }
        return text;
    }

    Problems problems_;
};

}  // namespace glassflow::config
