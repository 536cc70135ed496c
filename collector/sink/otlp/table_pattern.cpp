// The same grammar as the plugin's, which reads source.tables: one way to write a table everywhere.
#include "sink/otlp/table_pattern.h"

#include <algorithm>

namespace glassflow::sink {

namespace {

constexpr std::string_view white_space = " \t\n\r\f\v";
constexpr std::size_t longest_name = 63;

class PatternParser {
public:
    explicit PatternParser(std::string_view text) : text_(text) {}

    std::optional<TablePattern> parse() {
        auto schema = parse_name();
        if (!schema || rest().empty() || rest().front() != '.') {
            return std::nullopt;
        }
        ++at_;
        auto table = parse_name();
        if (!table || !rest().empty()) {
            return std::nullopt;
        }
        return TablePattern{std::move(*schema), std::move(*table)};
    }

private:
    std::string_view rest() const { return text_.substr(at_); }

    void skip_space() { at_ += std::min(rest().find_first_not_of(white_space), rest().size()); }

    std::optional<NamePattern> parse_name() {
        skip_space();
        auto name = rest().starts_with('"') ? parse_quoted() : parse_unquoted();
        skip_space();
        const bool is_name = name && !name->text.empty() && name->text.size() <= longest_name;
        return is_name ? name : std::nullopt;
    }

    std::optional<NamePattern> parse_quoted() {
        NamePattern name{{}, true};
        for (++at_; !rest().empty(); ++at_) {
            if (rest().front() == '"') {
                ++at_;
                if (!rest().starts_with('"')) {
                    return name;
                }
            }
            name.text += rest().front();
        }
        return std::nullopt;
    }

    std::optional<NamePattern> parse_unquoted() {
        NamePattern name{std::string(rest().substr(0, rest().find_first_of(".\", \t\n\r\f\v"))), false};
        at_ += name.text.size();
        // As Postgres folds names: ASCII letters alone.
        std::transform(name.text.begin(), name.text.end(), name.text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        name.is_literal = name.text.find('*') == std::string::npos;
        return name;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

// The usual match with one remembered star: when it fails, that star takes one more character.
bool NamePattern::matches(std::string_view name) const {
    if (is_literal) {
        return name == text;
    }
    std::size_t at = 0;
    std::size_t star = std::string::npos;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < name.size();) {
        if (at < text.size() && text[at] == '*') {
            star = at++;
            taken = i;
        } else if (at < text.size() && text[at] == name[i]) {
            ++at;
            ++i;
        } else if (star != std::string::npos) {
            at = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    return text.find_first_not_of('*', at) == std::string::npos;
}

bool NamePattern::covers(const NamePattern& other) const {
    if (other.is_literal) {
        return matches(other.text);
    }
    const bool is_everything = !is_literal && text.find_first_not_of('*') == std::string::npos;
    return is_everything || (!is_literal && text == other.text);
}

std::optional<TablePattern> parse_table_pattern(std::string_view text) {
    return PatternParser(text).parse();
}

}  // namespace glassflow::sink
