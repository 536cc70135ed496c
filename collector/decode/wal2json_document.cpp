// simdjson reads on demand, each element once and in its order; what is not asked for is passed over.
#include "decode/wal2json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "decode/decode_error.h"
#include "decode/text_value.h"

namespace glassflow::decode {

namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t max_columns = 1600;  // MaxHeapAttributeNumber

[[noreturn]] void throw_wrong(std::string_view what) {
    throw_malformed_message("wal2json with " + std::string(what), 0);
}

std::string_view trimmed(std::string_view token) {
    while (!token.empty() &&
           (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t'))
        token.remove_suffix(1);
    return token;
}

template <typename Number>
Number read_number(std::string_view digits, std::string_view what) {
    Number number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size())
        throw_wrong(what);
    return number;
}

// An oid is printed as a signed number by some releases.
std::uint32_t read_uint32(json::value value, std::string_view what) {
    const auto number = read_number<std::int64_t>(trimmed(value.raw_json_token()), what);
    if (!std::in_range<std::int32_t>(number) && !std::in_range<std::uint32_t>(number))
        throw_wrong(what);
    return static_cast<std::uint32_t>(number);
}

event::Lsn read_lsn(json::value value) {
    const auto lsn = event::parse_lsn(std::string_view(value.get_string()));
    if (!lsn)
        throw_wrong("an LSN that is none");
    return *lsn;
}

JsonToken read_token(json::value value) {
    JsonToken token;
    switch (value.type()) {
        case json::json_type::null:
            if (!value.is_null())
                throw_wrong("a value that is no JSON");
            return token;
        case json::json_type::boolean:
            token.kind = JsonToken::Kind::boolean;
            token.boolean = value.get_bool();
            return token;
        case json::json_type::number:
            token.kind = JsonToken::Kind::number;
            token.text = trimmed(value.raw_json_token());
            return token;
        case json::json_type::string:
            token.kind = JsonToken::Kind::text;
            token.text = value.get_string();
            return token;
        default:
            throw_wrong("an array or object for a value");
    }
}

// The n-th column of a list that comes as one list per attribute (format-version 1).
JsonColumn& column_at(std::vector<JsonColumn>& columns, std::size_t position) {
    if (position >= max_columns)
        throw_wrong("more columns than a table can have");
    if (position == columns.size())
        columns.emplace_back();
    return columns[position];
}

template <typename Read>
void read_list(json::value list, std::vector<JsonColumn>& columns, std::size_t& count, Read read) {
    std::size_t position = 0;
    for (json::value element : list.get_array()) {
        if (position > columns.size())
            throw_wrong("lists of different lengths");
        read(column_at(columns, position++), element);
    }
    count = position;
}

// Attributes of columns, each of them a list; those that are there must be equally long.
class ColumnLists {
public:
    explicit ColumnLists(std::vector<JsonColumn>& columns) : columns_(columns) {}

    bool take(std::string_view attribute, json::value list) {
        std::size_t count = 0;
        if (attribute == "names")
            read_list(list, columns_, count, [](JsonColumn& c, json::value v) { c.name = v.get_string(); });
        else if (attribute == "types")
            read_list(list, columns_, count, [](JsonColumn& c, json::value v) { c.type = v.get_string(); });
        else if (attribute == "typeoids")
            read_list(list, columns_, count,
                      [](JsonColumn& c, json::value v) { c.type_oid = read_uint32(v, "a type oid that is none"); });
        else if (attribute == "optionals")
            read_list(list, columns_, count, [](JsonColumn& c, json::value v) { c.is_not_null = !bool(v.get_bool()); });
        else if (attribute == "values")
            read_list(list, columns_, count, [](JsonColumn& c, json::value v) { c.value = read_token(v); });
        else
            return false;
        if (is_first_)
            count_ = count;
        is_first_ = false;
        if (count != count_)
            throw_wrong("lists of different lengths");
        return true;
    }

private:
    std::vector<JsonColumn>& columns_;
    std::size_t count_ = 0;
    bool is_first_ = true;
};

// The list of column objects of format-version 2.
void read_columns(json::value list, std::vector<JsonColumn>& columns) {
    for (json::object object : list.get_array()) {
        JsonColumn& column = column_at(columns, columns.size());
        for (auto field : object) {
            const std::string_view key = field.unescaped_key();
            if (key == "name")
                column.name = field.value().get_string();
            else if (key == "type")
                column.type = field.value().get_string();
            else if (key == "typeoid")
                column.type_oid = read_uint32(field.value(), "a type oid that is none");
            else if (key == "optional")
                column.is_not_null = !bool(field.value().get_bool());
            else if (key == "value")
                column.value = read_token(field.value());
        }
    }
}

std::optional<JsonChange::Kind> kind_of(std::string_view word) {
    using Kind = JsonChange::Kind;
    constexpr std::pair<std::string_view, Kind> kinds[] = {
        {"B", Kind::begin},       {"C", Kind::commit},       {"I", Kind::insert},        {"U", Kind::update},
        {"D", Kind::delete_},     {"T", Kind::truncate},     {"M", Kind::message},       {"insert", Kind::insert},
        {"update", Kind::update}, {"delete", Kind::delete_}, {"message", Kind::message}, {"truncate", Kind::truncate},
    };
    for (const auto& [name, kind] : kinds) {
        if (word == name)
            return kind;
    }
    return std::nullopt;
}

// Where the text of a type ends that starts at `start`: what comes after it in a column, or the end of one in the list
// of the primary key. A quote within the name of a type is written twice, and so none of these is within one.
std::size_t end_of_type(std::string_view text, std::size_t start) {
    const std::size_t end = std::min(text.find(",\"typeoid\":", start), text.find(",\"value\":", start));
    constexpr std::string_view of_key = "\"}";
    for (std::size_t at = start; (at = text.find(of_key, at)) < end; ++at) {
        const std::string_view rest = text.substr(at + of_key.size());
        if (rest.starts_with("]}") || rest.starts_with(",{\"name\":"))
            return at + 1;
    }
    return end;
}

// Is all of it the name of a type, which begins with a quoted word? After one comes the end, a dot, or what is no word.
bool is_type_name(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '"') {
            ++at;
            continue;
        }
        const std::size_t start = ++at;
        while (at < text.size() && (text[at] != '"' || text.substr(at).starts_with("\"\"")))
            at += text[at] == '"' ? 2 : 1;
        if (at >= text.size() || at == start)
            return false;
        ++at;
        if (at < text.size() && std::string_view(".[(").find(text[at]) == std::string_view::npos)
            return false;
    }
    return true;
}

// wal2json takes the quotes of a quoted type name for those of the JSON string, so that "S"."T" is no JSON: it is
// written as it should be.
std::optional<std::string> with_mended_types(std::string_view text) {
    constexpr std::string_view before = ",\"type\":";
    std::string mended;
    std::size_t done = 0;
    bool is_mended = false;
    for (std::size_t at = 0; (at = text.find(before, at)) != std::string_view::npos;) {
        const std::size_t start = at + before.size();
        const std::size_t end = end_of_type(text, start);
        if (end == std::string_view::npos)
            break;
        std::string_view type = text.substr(start, end - start);
        at = end;
        if (type.size() < 2 || type.front() != '"' || type.find("\\\"") != std::string_view::npos)
            continue;
        if (!is_type_name(type))
            type = type.substr(1, type.size() - 2);  // the quotes of the JSON string are around it, too
        else if (type.substr(1, type.size() - 2).find('"') == std::string_view::npos)
            continue;
        mended.append(text, done, start - done);
        mended += '"';
        for (const char character : type) {
            if (character == '"' || character == '\\')
                mended += '\\';
            mended += character;
        }
        mended += '"';
        done = end;
        is_mended = true;
    }
    if (!is_mended)
        return std::nullopt;
    mended.append(text, done);
    return mended;
}

}  // namespace

class Wal2jsonDocument::Parser {
public:
    void read(std::string_view text, const Take& take) {
        padded_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        padded_.assign(text);
        json::document document = parser_.iterate(padded_.data(), padded_.size(), padded_.capacity());
        JsonTransaction transaction;
        change_ = {};
        bool is_version_2 = false;
        bool is_version_1 = false;
        for (auto field : document.get_object()) {
            const std::string_view key = field.unescaped_key();
            if (key == "change") {
                if (is_version_1 || is_version_2)
                    throw_wrong("two forms in one document");
                is_version_1 = true;
                read_changes(field.value(), transaction, take);
            } else if (key == "action") {
                is_version_2 = true;
                read_kind(field.value());
            } else if (key == "xid") {
                json::value xid = field.value();
                if (!xid.is_null())
                    transaction.xid = read_uint32(xid, "an xid that is none");
            } else if (key == "nextlsn") {
                transaction.end_lsn = read_lsn(field.value());
            } else if (key == "timestamp") {
                json::value time = field.value();
                if (!time.is_null())
                    transaction.commit_time_us = read_time(time.get_string());
            } else {
                read_change_field(key, field.value());
            }
        }
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
            throw_wrong("something after the document");
        if (is_version_1 == is_version_2)
            throw_wrong("neither \"action\" nor \"change\"");
        if (is_version_2)
            take(JsonFormat::version_2, transaction, change_);
    }

private:
    static std::int64_t read_time(std::string_view text) {
        const auto time = read_timestamptz(text);
        if (!time || time->kind != event::Value::Kind::integer)
            throw_wrong("a timestamp that is none");
        return time->integer;
    }

    void read_kind(json::value word) {
        const auto kind = kind_of(std::string_view(word.get_string()));
        if (!kind)
            throw_wrong("an unknown kind of change");
        change_.kind = *kind;
    }

    // What both versions say of a change. True when the key is known.
    bool read_change_field(std::string_view key, json::value value) {
        if (key == "lsn")
            change_.lsn = read_lsn(value);
        else if (key == "schema")
            change_.schema = value.get_string();
        else if (key == "table")
            change_.table = value.get_string();
        else if (key == "columns")
            read_columns(value, change_.columns);
        else if (key == "identity")
            read_columns(value, change_.identity);
        else if (key == "pk" && value.type() == json::json_type::array)
            read_primary_key(value);
        else if (key == "transactional")
            change_.is_transactional = value.get_bool();
        else if (key == "prefix")
            change_.prefix = value.get_string();
        else if (key == "content")
            change_.content = value.get_string();
        else
            return false;
        return true;
    }

    void read_primary_key(json::value list) {
        for (json::object object : list.get_array()) {
            for (auto field : object) {
                if (std::string_view(field.unescaped_key()) == "name")
                    add_key_column(field.value().get_string());
            }
        }
    }

    void add_key_column(std::string_view name) {
        if (change_.primary_key.size() == max_columns)
            throw_wrong("more columns than a table can have");
        change_.primary_key.push_back(name);
    }

    void read_changes(json::value list, const JsonTransaction& transaction, const Take& take) {
        for (json::object object : list.get_array()) {
            change_ = {};
            bool has_kind = false;
            ColumnLists columns(change_.columns);
            for (auto field : object) {
                const std::string_view key = field.unescaped_key();
                if (key == "kind") {
                    has_kind = true;
                    read_kind(field.value());
                } else if (key == "oldkeys") {
                    read_old_keys(field.value());
                } else if (key == "pk") {
                    read_old_primary_key(field.value());
                } else if (!(key.starts_with("column") && columns.take(key.substr(6), field.value()))) {
                    read_change_field(key, field.value());
                }
            }
            if (!has_kind)
                throw_wrong("a change without a kind");
            take(JsonFormat::version_1, transaction, change_);
        }
        change_ = {};
    }

    void read_old_keys(json::value value) {
        ColumnLists identity(change_.identity);
        for (auto field : value.get_object()) {
            const std::string_view key = field.unescaped_key();
            if (key.starts_with("key"))
                identity.take(key.substr(3), field.value());
        }
    }

    void read_old_primary_key(json::value value) {
        for (auto field : value.get_object()) {
            if (std::string_view(field.unescaped_key()) != "pknames")
                continue;
            for (json::value name : field.value().get_array())
                add_key_column(name.get_string());
        }
    }

    json::parser parser_;
    std::string padded_;
    JsonChange change_;
};

Wal2jsonDocument::Wal2jsonDocument() : parser_(std::make_unique<Parser>()) {}
Wal2jsonDocument::~Wal2jsonDocument() = default;

void Wal2jsonDocument::read(std::string_view text, const Take& take) {
    // Of format-version 1 changes are taken while it is read: only a document of one change can be read again.
    const bool is_one_change = text.starts_with("{\"action\"");
    // A message outside transactions has a comma too many there after a transaction of several changes.
    constexpr std::string_view head = "{\"change\":[";
    std::string without_comma;
    if (text.starts_with(head) && text.substr(head.size()).starts_with(',')) {
        without_comma.append(head).append(text.substr(head.size() + 1));
        text = without_comma;
    }
    try {
        try {
            parser_->read(text, take);
        } catch (const simdjson::simdjson_error&) {
            const auto mended = is_one_change ? with_mended_types(text) : std::nullopt;
            if (!mended)
                throw;
            parser_->read(*mended, take);
        }
    } catch (const simdjson::simdjson_error& error) {
        throw_malformed_message(std::string("it is not the JSON of wal2json: ") + error.what(), 0);
    }
}

}  // namespace glassflow::decode
