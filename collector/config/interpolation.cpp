// One pass, left to right.
#include "config/interpolation.h"

#include <algorithm>

namespace glassflow::config {
namespace {

// expression is what stands between the braces.
std::string value_of(std::string_view expression, const Environment& environment) {
    const std::size_t separator = expression.find(":-");
    const bool has_default = separator != std::string_view::npos;
    const std::string_view name = expression.substr(0, separator);
    if (!is_variable_name(name)) {
        throw InterpolationError("malformed ${...}", "Write ${NAME} or ${NAME:-default}; a literal ${ is written $${.");
    }
    const auto found = environment.find(name);
    if (has_default && (found == environment.end() || found->second.empty())) {
        return std::string(expression.substr(separator + 2));
    }
    if (found == environment.end()) {
        throw InterpolationError("environment variable " + std::string(name) + " is not set",
                                 "Set it, or write ${" + std::string(name) + ":-default} to go on without it.", true);
    }
    return found->second;
}

}  // namespace

bool is_variable_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !name.empty() && letters.find(name.front()) != std::string_view::npos &&
           name.find_first_not_of(letters_and_digits) == std::string_view::npos;
}

std::string interpolate(std::string_view text, const Environment& environment) {
    std::string result;
    while (!text.empty()) {
        if (text.starts_with("$${")) {
            result += "${";
            text.remove_prefix(3);
        } else if (text.starts_with("${")) {
            const std::size_t end = text.find('}');
            if (end == std::string_view::npos) {
                throw InterpolationError("${ without a closing }",
                                         "Write ${NAME} or ${NAME:-default}; a literal ${ is written $${.");
            }
            result += value_of(text.substr(2, end - 2), environment);
            text.remove_prefix(end + 1);
        } else {
            const std::size_t next = std::min(text.find('$', 1), text.size());
            result += text.substr(0, next);
            text.remove_prefix(next);
        }
    }
    return result;
}

}  // namespace glassflow::config
