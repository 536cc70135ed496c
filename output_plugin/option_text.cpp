// The scanner of options.
//
//   name   = '"' any, with "" for one double quote '"'              literal, case kept
//          | characters without white space and without symbols     folded to lower case, * is a wildcard
//   table  = name "." name                                           white space is allowed around each name
//   string = "'" any, with '' for one quote "'"
//   number = [ sign ] ( digits [ "." [ digits ] ] | "." digits ) [ "e" [ sign ] digits ]
//
// Every length is checked, nothing recurses, nothing backtracks.
#include "option_text.h"

namespace glassflow {

namespace {

constexpr const char* table_hint = "Write each table as schema.table, for example public.orders or public.*.";

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_sign(char c) {
    return c == '+' || c == '-';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

OptionText::OptionText(std::string_view option, std::string_view text, std::string_view symbols, MemoryContext context)
    : option_(option), text_(text), symbols_(symbols), context_(context) {
    if (text.size() > max_bytes) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid value for option \"%s\"", pnstrdup(option.data(), option.size())),
                        errdetail("It has %zu bytes; at most %zu are allowed.", text.size(), max_bytes),
                        errhint("Use wildcards, for example public.*.")));
    }
    if (!pg_verifymbstr(text.data(), static_cast<int>(text.size()), true)) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid value for option \"%s\"", pnstrdup(option.data(), option.size())),
                        errdetail("It is not text in the encoding of the database, %s.", GetDatabaseEncodingName()),
                        errhint("Set client_encoding to the encoding that the option is written in.")));
    }
}

void OptionText::refuse(std::size_t at, const char* what, const char* hint) const {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("invalid value for option \"%s\"", pnstrdup(option_.data(), option_.size())),
                    errdetail("At byte %zu: %s.", at + 1, what), errhint("%s", hint)));
    pg_unreachable();
}

std::size_t OptionText::skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) {
        ++at_;
    }
    return at_;
}

bool OptionText::ends_name(char c) const {
    return is_space(c) || symbols_.find(c) != std::string_view::npos;
}

bool OptionText::take_symbol(std::string_view symbol) {
    std::string_view rest = text_;
    rest.remove_prefix(skip_space());
    if (!rest.starts_with(symbol)) {
        return false;
    }
    at_ += symbol.size();
    return true;
}

void OptionText::expect_symbol(std::string_view symbol, const char* hint) {
    if (!take_symbol(symbol)) {
        refuse(at_, psprintf("expected \"%.*s\"", static_cast<int>(symbol.size()), symbol.data()), hint);
    }
}

bool OptionText::take_word(std::string_view word) {
    const std::size_t start = skip_space();
    if (text_.size() - start < word.size()) {
        return false;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (lower(text_[start + i]) != word[i]) {
            return false;
        }
    }
    const std::size_t end = start + word.size();
    if (end < text_.size() && !ends_name(text_[end])) {
        return false;
    }
    at_ = end;
    return true;
}

NamePattern OptionText::take_name(const char* what, const char* hint) {
    const std::size_t start = skip_space();
    const NamePattern name = peek() == '"' ? take_quoted_name() : take_unquoted_name();
    if (name.text.empty()) {
        refuse(start, psprintf("expected %s", what), hint);
    }
    return name;
}

TablePattern OptionText::take_table() {
    TablePattern pattern;
    pattern.schema = take_name("the name of a schema", table_hint);
    if (!take_symbol(".")) {
        refuse(at_, "expected \".\" between schema and table", table_hint);
    }
    pattern.table = take_name("the name of a table", table_hint);
    skip_space();
    return pattern;
}

NamePattern OptionText::take_quoted_name() {
    const std::size_t start = at_++;
    char name[NAMEDATALEN];
    std::size_t size = 0;
    for (;; ++at_) {
        if (at_ == text_.size()) {
            refuse(start, "double quote without its end", "Close the name by a double quote.");
        }
        if (text_[at_] == '"') {
            ++at_;
            if (at_ == text_.size() || text_[at_] != '"') {
                return {keep(name, size), true};
            }
        }
        refuse_long_name(start, size + 1);
        name[size++] = text_[at_];
    }
}

NamePattern OptionText::take_unquoted_name() {
    const std::size_t start = at_;
    bool is_literal = true;
    while (at_ < text_.size() && !ends_name(text_[at_])) {
        is_literal = is_literal && text_[at_] != '*';
        ++at_;
        refuse_long_name(start, at_ - start);
    }
    pg::MemoryContextScope scope(context_);
    const char* folded = downcase_identifier(text_.data() + start, static_cast<int>(at_ - start), false, false);
    scope.leave();
    return {{folded, at_ - start}, is_literal};
}

NamePattern OptionText::take_unfolded(const char* what, const char* hint) {
    const std::size_t start = skip_space();
    while (at_ < text_.size() && !ends_name(text_[at_])) {
        ++at_;
        refuse_long_name(start, at_ - start);
    }
    if (at_ == start) {
        refuse(start, psprintf("expected %s", what), hint);
    }
    const std::string_view name = keep(text_.data() + start, at_ - start);
    return {name, name.find('*') == std::string_view::npos};
}

void OptionText::refuse_long_name(std::size_t start, std::size_t size) const {
    if (size >= NAMEDATALEN) {
        refuse(start, "name is too long", psprintf("Names have at most %d bytes.", NAMEDATALEN - 1));
    }
}

std::string_view OptionText::keep(const char* bytes, std::size_t size) const {
    auto* kept = static_cast<char*>(MemoryContextAlloc(context_, size + 1));
    memcpy(kept, bytes, size);
    kept[size] = '\0';
    return {kept, size};
}

std::string_view OptionText::take_string() {
    const std::size_t start = skip_space();
    if (!take_symbol("'")) {
        refuse(start, "expected a text in single quotes", "Write texts as in SQL: 'open', with '' for a quote.");
    }
    // Its size first, so that what is kept is not larger than it need be.
    std::size_t end = at_;
    std::size_t size = 0;
    for (;; ++end, ++size) {
        if (end == text_.size()) {
            refuse(start, "single quote without its end", "Close the text by a single quote; write '' for one within.");
        }
        if (text_[end] == '\'' && (++end == text_.size() || text_[end] != '\'')) {
            break;
        }
    }
    auto* kept = static_cast<char*>(MemoryContextAlloc(context_, size + 1));
    for (std::size_t i = 0; i < size; ++i, ++at_) {
        kept[i] = text_[at_];
        at_ += text_[at_] == '\'' ? 1 : 0;
    }
    kept[size] = '\0';
    at_ = end;
    return {kept, size};
}

std::string_view OptionText::take_number() {
    const std::size_t start = skip_space();
    const auto take_digits = [this] {
        const std::size_t first = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) {
            ++at_;
        }
        return at_ > first;
    };
    const auto take_one = [this](auto is_it) {
        const bool is_there = at_ < text_.size() && is_it(text_[at_]);
        at_ += is_there ? 1 : 0;
        return is_there;
    };
    take_one(is_sign);
    bool is_number = take_digits();
    if (take_one([](char c) { return c == '.'; })) {
        is_number = take_digits() || is_number;
    }
    if (is_number && take_one([](char c) { return lower(c) == 'e'; })) {
        take_one(is_sign);
        is_number = take_digits();
    }
    if (!is_number || (at_ < text_.size() && !ends_name(text_[at_]))) {
        refuse(start, "expected a number", "Write numbers as in SQL, for example -12.5; texts in single quotes.");
    }
    return keep(text_.data() + start, at_ - start);
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
