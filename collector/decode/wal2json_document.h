// The JSON of the plugin wal2json, format-version 1 or 2 -> what it says, in no one's order. Nothing is made of it yet.
//
// Texts are views into the reader, valid until the next document. Numbers keep their digits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/lsn.h"

namespace glassflow::decode {

struct JsonToken {
    enum class Kind : std::uint8_t { null, boolean, number, text };
    Kind kind = Kind::null;
    bool boolean = false;
    std::string_view text;  // of a number its digits
};

struct JsonColumn {
    std::string_view name;
    std::string_view type;
    std::uint32_t type_oid = 0;  // 0: not told
    bool is_not_null = false;
    JsonToken value;
};

// One change, or in format-version 2 also the begin or the commit of a transaction.
struct JsonChange {
    enum class Kind : std::uint8_t { begin, commit, insert, update, delete_, truncate, message };

    Kind kind = Kind::insert;
    event::Lsn lsn;  // none: not told
    std::string_view schema;
    std::string_view table;
    std::vector<JsonColumn> columns;
    std::vector<JsonColumn> identity;
    std::vector<std::string_view> primary_key;
    bool is_transactional = false;
    std::string_view prefix;
    std::string_view content;
};

struct JsonTransaction {
    std::optional<std::uint32_t> xid;
    std::optional<std::int64_t> commit_time_us;
    event::Lsn end_lsn;  // "nextlsn"; none: not told
};

enum class JsonFormat : std::uint8_t { version_1, version_2 };

class Wal2jsonDocument {
public:
    Wal2jsonDocument();
    ~Wal2jsonDocument();

    // Calls take for each change of the document, with what was said of the transaction before it; a document of
    // format-version 1 without changes calls nothing. Throws DecodeError.
    using Take = std::function<void(JsonFormat, const JsonTransaction&, const JsonChange&)>;
    void read(std::string_view text, const Take& take);

private:
    class Parser;

    std::unique_ptr<Parser> parser_;
};

}  // namespace glassflow::decode
