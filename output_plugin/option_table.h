// The plugin's options, in ONE table: the parser, the error for an unknown name, glassflow.options() and
// docs/plugin_options.md are all made from it. Standard headers only: the generator of the document is no server.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace glassflow {

enum class OptionId : std::uint8_t {
    frame_bytes,
    tables,
    exclude_tables,
    columns,
    exclude_columns,
    rows,
    actions,
    messages,
    origin,
    publications,
    generated_columns,
    ddl,
    masks,
    update_columns,
    streaming,
    two_phase
};

enum class OptionKind : std::uint8_t { integer, table_list, table_rules, word_list, name_list, choice };

struct OptionDescription {
    OptionId id;
    std::string_view name;
    OptionKind kind;
    std::string_view default_text;
    std::int64_t minimum;  // of integers
    std::int64_t maximum;
    std::string_view choices;  // of a choice: its words, separated by ", "
    std::string_view description;
};

inline constexpr std::array option_table{
    OptionDescription{OptionId::frame_bytes, "frame_bytes", OptionKind::integer, "65536", 1024, 16 * 1024 * 1024, "",
                      "Size in bytes at which a frame is sent. A frame holds whole records, so it may be larger by one "
                      "record; the end of a transaction always sends what there is."},
    OptionDescription{OptionId::tables, "tables", OptionKind::table_list, "", 0, 0, "",
                      "Tables whose changes are sent: a comma list of schema.table. Names without double quotes are "
                      "folded to lower case and may hold * for any run of characters; names in double quotes are taken "
                      "as they are. Without this option all tables are sent."},
    OptionDescription{OptionId::exclude_tables, "exclude_tables", OptionKind::table_list, "", 0, 0, "",
                      "Tables whose changes are not sent, although the option tables may name them, too."},
    OptionDescription{OptionId::columns, "columns", OptionKind::table_rules, "", 0, 0, "",
                      "Columns that are sent of a table: public.users: id, name; shop.*: *_id. Names are written as in "
                      "tables. Of a table that several rules match, what any of them names is sent; of one that none "
                      "matches, all columns. Columns of the key are sent always, as rows are told apart by them."},
    OptionDescription{OptionId::exclude_columns, "exclude_columns", OptionKind::table_rules, "", 0, 0, "",
                      "Columns that are not sent of a table, written as in columns, although that may name them, too. "
                      "Columns of the key are sent always: mask those that must not be seen."},
    OptionDescription{
        OptionId::rows, "rows", OptionKind::table_rules, "", 0, 0, "",
        "Rows that are sent of a table: public.orders: amount > 100 and status in ('open', 'new'). Columns "
        "compare with constants by =, <>, <, <=, >, >=, IN, IS NULL, joined by AND, OR, NOT. Of a table "
        "that several rules match, rows that meet all of them are sent. An update that takes a row in or "
        "out is sent as an insert or a delete: docs/selecting.md."},
    OptionDescription{OptionId::actions, "actions", OptionKind::word_list, "insert, update, delete, truncate", 0, 0,
                      "insert, update, delete, truncate",
                      "What changes are sent, of every table. The rows of a receiver are those of the table only when "
                      "all are."},
    OptionDescription{
        OptionId::messages, "messages", OptionKind::word_list, "all", 0, 0, "all, off, prefixes",
        "Which logical messages (pg_logical_emit_message) are sent: all, off, or those with one of the "
        "prefixes in a comma list. A prefix is taken as it is, * stands for any run of characters; one in "
        "single quotes is literal."},
    OptionDescription{
        OptionId::origin, "origin", OptionKind::word_list, "any", 0, 0, "any, none, names",
        "Whose changes are sent, by their replication origin: any, or a comma list of names of origins and "
        "none, which stands for changes made here, not brought by replication. A message outside a "
        "transaction that carries an origin is not judged by its name."},
    OptionDescription{
        OptionId::publications, "publications", OptionKind::name_list, "", 0, 0, "",
        "Publications whose changes are sent: their tables and schemas, actions, row filters, column lists "
        "and publish_via_partition_root count. The other options narrow it further. One that does not "
        "exist is a warning: docs/selecting.md."},
    OptionDescription{OptionId::generated_columns, "generated_columns", OptionKind::choice, "stored", 0, 0,
                      "stored, none",
                      "Which generated columns are sent: the stored ones, or none. Columns of the key are sent always, "
                      "as rows are told apart by them; virtual ones never, as they are not stored."},
    OptionDescription{OptionId::ddl, "ddl", OptionKind::choice, "off", 0, 0, "off, on",
                      "Whether changes of the schema are sent, in order with the data. The server must tell them: "
                      "glassflow.capture_ddl() of the extension makes it so."},
    OptionDescription{OptionId::update_columns, "update_columns", OptionKind::choice, "all", 0, 0, "all, changed",
                      "What is sent of updated rows under REPLICA IDENTITY FULL: all columns, or those of the key and "
                      "those that changed, of the old row and the new. Of tables without a key, of "
                      "rows whose key changed, and under other identities, all."},
    OptionDescription{
        OptionId::masks, "masks", OptionKind::table_rules, "", 0, 0, "",
        "What is sent in place of values: public.users: email = hash, card = keep_last(4), name = "
        "redact('-'), note = truncate(10), ssn = null; public.logs: *address = hash. Names as in tables; "
        "all rules that match count. A masked column is one of text. null: NULL. hash: HMAC-SHA-256 under "
        "the server's glassflow.mask_key. redact: that text. keep_last: *** and that many characters, "
        "nothing of shorter texts. truncate: that many from the beginning. NULL stays NULL. Of keys only "
        "hash keeps rows apart."},
    OptionDescription{
        OptionId::streaming, "streaming", OptionKind::choice, "off", 0, 0, "off, on",
        "Whether transactions beyond logical_decoding_work_mem are sent in blocks while they are in progress, "
        "instead of being spilled to disk by the server until they commit. A receiver must keep them until "
        "then, and drop what is rolled back. PostgreSQL 14 and later."},
    OptionDescription{
        OptionId::two_phase, "two_phase", OptionKind::choice, "off", 0, 0, "off, on",
        "Whether transactions are sent when they are prepared, and their end when it is decided, instead of "
        "as a whole at COMMIT PREPARED. PostgreSQL 15 makes the slot two-phase for good; on 14 it must have "
        "been created so. PostgreSQL 14 and later."},
};

constexpr std::string_view kind_name(OptionKind kind) {
    switch (kind) {
        case OptionKind::integer:
            return "integer";
        case OptionKind::table_list:
            return "list of tables";
        case OptionKind::table_rules:
            return "rules by table";
        case OptionKind::word_list:
            return "list of words";
        case OptionKind::name_list:
            return "list of names";
        case OptionKind::choice:
            return "choice";
    }
    return {};
}

}  // namespace glassflow
