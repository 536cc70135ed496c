// `${NAME}` and `${NAME:-default}` in a text -> what the environment says. `$${` is a literal `${`.
//
// It runs on values after the YAML was parsed, so a variable can never add keys.
#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace glassflow::config {

using Environment = std::map<std::string, std::string, std::less<>>;

// A lower-case phrase that names the variable, and the remedy.
class InterpolationError : public std::runtime_error {
public:
    InterpolationError(const std::string& what, std::string hint, bool is_absence = false)
        : std::runtime_error(what), hint_(std::move(hint)), is_absence_(is_absence) {}
    const std::string& hint() const { return hint_; }
    bool is_absence() const { return is_absence_; }  // well written, and the variable is not set

private:
    std::string hint_;
    bool is_absence_;
};

bool is_variable_name(std::string_view name);

// The default applies when the variable is unset or empty, as in a shell. What is put in is not looked at again.
std::string interpolate(std::string_view text, const Environment& environment);

}  // namespace glassflow::config
