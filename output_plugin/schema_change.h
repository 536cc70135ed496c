// A schema change as bytes of a logical message, from the event triggers to the plugin.
//
// Anyone may send such a message (pg_logical_emit_message has no permission check), so that what is read is believed no
// more than its bytes: every length is checked, every text must be one of the database's encoding, and nothing raises
// an ERROR, which would stop the slot for good. Whether a trigger of ours wrote it is told by its signature.
//
//   content   = version(1) signature(32) body
//   body      = text:command text:user flags statement flags(omitted objects) count *object
//   object    = text:command text:type optional:schema text:identity flags count|none *column
//   column    = text:name text:type flags
//   text      = length bytes; an optional one that is not there, and a count of none, is the length ffffffff
// Lengths, counts and flags are 4 bytes, big endian.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace glassflow {

// The prefix of such messages. Whatever else comes under it is not sent.
inline constexpr const char* schema_change_prefix = "glassflow.ddl";

inline constexpr std::size_t max_statement_bytes = 64 * 1024;
// Beyond this no object is added; one of them has at most 1600 columns.
inline constexpr std::size_t max_listed_bytes = 256 * 1024;
inline constexpr std::size_t max_schema_change_bytes = 2 * 1024 * 1024;

struct SchemaChange {
    struct Column {
        std::string_view name;
        std::string_view type;
        bool is_not_null;
    };
    struct Object {
        std::string_view command;  // tag of the command that concerned it: "CREATE INDEX"
        std::string_view type;     // "table", "table column"
        std::optional<std::string_view> schema;
        std::string_view identity;  // with its schema, quoted where need be
        bool is_dropped;
        std::optional<std::span<Column>> columns;  // of a table, after the change
    };

    std::string_view command;  // tag of the statement
    std::string_view user;
    std::optional<std::string_view> statement;
    bool is_statement_cut = false;
    std::uint32_t omitted_objects = 0;
    std::span<Object> objects;
    bool is_signed = false;  // by a server that has our key, in the transaction that it was found in
};

// The content without its signature; sign_schema_change() puts that in.
class SchemaChangeWriter {
public:
    // Grows content, which is empty.
    explicit SchemaChangeWriter(StringInfo content);

    void begin(std::string_view command, std::string_view user, std::optional<std::string_view> statement, bool is_cut);
    // False when there is no room for another one, which is counted as omitted.
    bool begin_object(const SchemaChange::Object& object);  // its columns are added after it, as many as it says
    void add_column(const SchemaChange::Column& column);
    void end();
    bool has_objects() const { return object_count_ > 0; }

private:
    void add_number(std::uint32_t number);
    void add_text(std::string_view text);
    void add_optional(std::optional<std::string_view> text);

    StringInfo content_;
    int counts_at_ = 0;
    std::uint32_t object_count_ = 0;
    std::uint32_t omitted_objects_ = 0;
};
static_assert(std::is_trivially_destructible_v<SchemaChangeWriter>);

// Whether schema changes are signed on this server: then one that is not is somebody else's.
bool has_signing_key();

// xid is the top transaction's: a message that is repeated in another has no right signature. Without a key nothing is
// signed.
void sign_schema_change(StringInfo content, TransactionId xid);

// nullopt when the content is not exactly one schema change. Its texts stay in content; lists go to
// CurrentMemoryContext.
std::optional<SchemaChange> read_schema_change(std::string_view content, TransactionId xid);

}  // namespace glassflow
