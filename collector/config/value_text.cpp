// Each number is parsed with an overflow check: a unit never turns a huge number into a small one.
#include "config/value_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <type_traits>

#include "config/utf8.h"

namespace glassflow::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first, so that printing finds the largest that divides.
constexpr std::array duration_units{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::array size_units{Unit{"TiB", 1ULL << 40}, Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20},
                                Unit{"KiB", 1ULL << 10}, Unit{"", 1}};

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer(text.substr(0, digits));
    const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (!number || unit == units.end() || *number > std::numeric_limits<std::uint64_t>::max() / unit->factor) {
        return std::nullopt;
    }
    return *number * unit->factor;
}

template <std::size_t N>
std::string text_with_unit(std::uint64_t value, const std::array<Unit, N>& units) {
    const auto unit = std::ranges::find_if(
        units, [&](const Unit& u) { return (value != 0 || u.factor == 1) && value % u.factor == 0; });
    return std::to_string(value / unit->factor) + std::string(unit->name);
}

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const std::string_view word : words) {
        text += (text.empty() ? "" : ", ") + std::string(word);
    }
    return text;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") {
        return true;
    }
    if (lower == "false" || lower == "no" || lower == "off" || lower == "0") {
        return false;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
    return parse_with_unit(text, duration_units);
}
std::optional<std::uint64_t> parse_size_bytes(std::string_view text) {
    return parse_with_unit(text, size_units);
}
std::string duration_text(std::uint64_t milliseconds) {
    return text_with_unit(milliseconds, duration_units);
}
std::string size_text(std::uint64_t bytes) {
    return text_with_unit(bytes, size_units);
}

// A list of rules has texts in single quotes, too.
std::vector<std::string> split_list(std::string_view text, char separator) {
    std::vector<std::string> elements;
    char quote = '\0';
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quote != '\0') {
            quote = text[i] == quote ? '\0' : quote;
        } else if (text[i] == '"' || (text[i] == '\'' && separator == ';')) {
            quote = text[i];
        } else if (text[i] == separator) {
            elements.push_back(trimmed(text.substr(start, i - start)));
            start = i + 1;
        }
    }
    elements.push_back(trimmed(text.substr(start)));
    return elements;
}

std::string field_text(const Option& option, const Field& field) {
    return std::visit(
        [&](auto target) -> std::string {
            using Target = decltype(target);
            if constexpr (std::is_same_v<Target, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<Target, std::string*>) {
                return *target;
            } else if constexpr (std::is_same_v<Target, bool*>) {
                return *target ? "true" : "false";
            } else if constexpr (std::is_same_v<Target, std::chrono::milliseconds*>) {
                return duration_text(static_cast<std::uint64_t>(target->count()));
            } else if constexpr (std::is_same_v<Target, std::vector<std::string>*>) {
                std::string text;
                for (const std::string& element : *target) {
                    text += (text.empty() ? std::string() : std::string(1, option.separator)) + element;
                }
                return text;
            } else if constexpr (std::is_enum_v<std::remove_pointer_t<Target>>) {
                return std::string(option.words[static_cast<std::size_t>(*target)]);
            } else {
                return option.kind == Kind::size ? size_text(*target) : std::to_string(*target);
            }
        },
        field);
}

std::string excerpt(std::string_view text) {
    constexpr std::size_t max_bytes = 64;
    const bool is_cut = text.size() > max_bytes;
    std::string shown(text.substr(0, max_bytes));
    while (is_cut && !shown.empty() && find_invalid_utf8(shown) != std::string_view::npos &&
           (static_cast<unsigned char>(shown.back()) & 0x80) != 0) {
        shown.pop_back();  // the rest of a character that the cut went through
    }
    const bool is_utf8 = find_invalid_utf8(shown) == std::string_view::npos;
    for (char& c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
            c = '?';
        }
    }
    return '"' + shown + (is_cut ? "..." : "") + '"';
}

std::string expectation(const Option& option) {
    const auto range = [&](std::string (*print)(std::uint64_t)) {
        return " from " + print(option.range.min) + " to " + print(option.range.max);
    };
    switch (option.kind) {
        case Kind::text:
            return "text";
        case Kind::word:
            return "one of " + joined(option.words);
        case Kind::boolean:
            return "true or false";
        case Kind::integer:
            return "an integer" + range([](std::uint64_t number) { return std::to_string(number); });
        case Kind::duration:
            return "a duration" + range(duration_text);
        case Kind::size:
            return "a size" + range(size_text);
        case Kind::list:
            break;
    }
    return "a list of texts";
}

}  // namespace glassflow::config
