// The parser of the list, and the matching of names.
//
//   list    = pattern *( "," pattern )
//   pattern = name "." name              white space is allowed around each name
//   name    = '"' any, with "" for one double quote '"'     literal, case kept
//           | characters without white space , . "          folded to lower case, * is a wildcard
//
// The list comes from whoever may start the slot: every length is checked, nothing recurses, nothing backtracks.
#include "table_filter.h"

namespace glassflow {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

class ListParser {
public:
    ListParser(std::string_view list, MemoryContext context) : list_(list), context_(context) {}

    TablePattern parse_pattern() {
        TablePattern pattern;
        pattern.schema = parse_name("schema");
        if (at_end() || list_[at_] != '.') {
            refuse(at_, "expected \".\" between schema and table",
                   "Write each table as schema.table, for example public.orders or public.*.");
        }
        ++at_;
        pattern.table = parse_name("table");
        return pattern;
    }

    // True when another pattern follows.
    bool parse_separator() {
        if (at_end()) {
            return false;
        }
        if (list_[at_] != ',') {
            refuse(at_, "expected \",\" or the end of the list",
                   "Separate tables by commas, and put names with special characters in double quotes.");
        }
        ++at_;
        return true;
    }

private:
    bool at_end() const { return at_ == list_.size(); }

    void skip_space() {
        while (!at_end() && is_space(list_[at_])) {
            ++at_;
        }
    }

    NamePattern parse_name(const char* what) {
        skip_space();
        const std::size_t start = at_;
        const NamePattern name = !at_end() && list_[at_] == '"' ? parse_quoted() : parse_unquoted();
        if (name.text.empty()) {
            refuse(start, psprintf("expected the name of a %s", what),
                   "Write each table as schema.table, for example public.orders or public.*.");
        }
        skip_space();
        return name;
    }

    NamePattern parse_quoted() {
        const std::size_t start = at_++;
        char* text = static_cast<char*>(MemoryContextAlloc(context_, NAMEDATALEN));
        std::size_t size = 0;
        for (;; ++at_) {
            if (at_end()) {
                refuse(start, "double quote without its end", "Close the name by a double quote.");
            }
            if (list_[at_] == '"') {
                ++at_;
                if (at_end() || list_[at_] != '"') {
                    return {{text, size}, true};
                }
            }
            refuse_long_name(start, size + 1);
            text[size++] = list_[at_];
        }
    }

    NamePattern parse_unquoted() {
        const std::size_t start = at_;
        bool is_literal = true;
        while (!at_end() && list_[at_] != ',' && list_[at_] != '.' && list_[at_] != '"' && !is_space(list_[at_])) {
            is_literal = is_literal && list_[at_] != '*';
            ++at_;
            refuse_long_name(start, at_ - start);
        }
        pg::MemoryContextScope scope(context_);
        const char* folded = downcase_identifier(list_.data() + start, static_cast<int>(at_ - start), false, false);
        scope.leave();
        return {{folded, strlen(folded)}, is_literal};
    }

    void refuse_long_name(std::size_t start, std::size_t size) {
        if (size >= NAMEDATALEN) {
            refuse(start, "name is too long", psprintf("Names have at most %d bytes.", NAMEDATALEN - 1));
        }
    }

    [[noreturn]] void refuse(std::size_t at, const char* what, const char* hint) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for option \"tables\""),
                        errdetail("At byte %zu: %s.", at + 1, what), errhint("%s", hint)));
        pg_unreachable();
    }

    std::string_view list_;
    MemoryContext context_;
    std::size_t at_ = 0;
};
static_assert(std::is_trivially_destructible_v<ListParser>);

}  // namespace

TableFilter TableFilter::parse(std::string_view list, MemoryContext context) {
    if (list.size() > max_list_bytes) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for option \"tables\""),
                        errdetail("It has %zu bytes; at most %zu are allowed.", list.size(), max_list_bytes),
                        errhint("Use wildcards, for example public.*.")));
    }
    int capacity = 16;
    auto* patterns = static_cast<TablePattern*>(MemoryContextAlloc(context, capacity * sizeof(TablePattern)));
    int count = 0;
    ListParser parser(list, context);
    do {
        if (count == max_patterns) {
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for option \"tables\""),
                            errdetail("It names more than %d tables.", max_patterns),
                            errhint("Use wildcards, for example public.*.")));
        }
        if (count == capacity) {
            capacity *= 2;
            patterns = static_cast<TablePattern*>(repalloc(patterns, capacity * sizeof(TablePattern)));
        }
        patterns[count++] = parser.parse_pattern();
    } while (parser.parse_separator());

    TableFilter filter;
    filter.wants_all_ = false;
    filter.patterns_ = patterns;
    filter.pattern_count_ = count;
    return filter;
}

bool TableFilter::wants(std::string_view schema, std::string_view table) const {
    if (wants_all_) {
        return true;
    }
    for (int i = 0; i < pattern_count_; ++i) {
        if (patterns_[i].schema.matches(schema) && patterns_[i].table.matches(table)) {
            return true;
        }
    }
    return false;
}

// After a mismatch only the last * takes one character more: earlier ones need not, so there is no exponential case.
bool NamePattern::matches(std::string_view name) const {
    if (is_literal) {
        return text == name;
    }
    std::size_t at = 0;
    std::size_t name_at = 0;
    std::size_t star = text.size();  // none yet
    std::size_t star_name_at = 0;
    while (name_at < name.size()) {
        if (at < text.size() && text[at] == '*') {
            star = at++;
            star_name_at = name_at;
        } else if (at < text.size() && text[at] == name[name_at]) {
            ++at;
            ++name_at;
        } else if (star < text.size()) {
            at = star + 1;
            name_at = ++star_name_at;
        } else {
            return false;
        }
    }
    while (at < text.size() && text[at] == '*') {
        ++at;
    }
    return at == text.size();
}

}  // namespace glassflow
