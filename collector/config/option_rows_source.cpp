// Rows of the section source: the server, the slot, the plugin and how they are read.
#include <array>

#include "config/checks.h"
#include "config/option_rows.h"
#include "config/option_units.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array sslmode_words{"disable"sv, "allow"sv, "prefer"sv, "require"sv, "verify-ca"sv, "verify-full"sv};
constexpr std::array session_attrs_words{"any"sv,     "read-write"sv, "read-only"sv,
                                         "primary"sv, "standby"sv,    "prefer-standby"sv};
constexpr std::array plugin_words{"auto"sv, "glassflow"sv, "wal2json"sv, "pgoutput"sv};  // in the order of SlotPlugin
constexpr std::array slot_loss_words{"fail"sv, "recreate"sv};     // in the order of SlotLossPolicy
constexpr std::array update_columns_words{"all"sv, "changed"sv};  // in the order of UpdateColumns

constexpr Option rows[] = {
    {.key = "source.host",
     .kind = Kind::list,
     .doc = "Host name or address of the Postgres server, or the directory of its Unix socket; `name:port` when its "
            "port is not that of source.port. Several are tried in turn until one suits source.target_session_attrs: "
            "a primary and its standbys. When empty, libpq decides: PGHOST, then the local socket.",
     .field = [](Configuration& c) -> Field { return &c.source.hosts; },
     .check = check_host},
    {.key = "source.port",
     .kind = Kind::integer,
     .doc = "Port of the Postgres server.",
     .field = [](Configuration& c) -> Field { return &c.source.port; },
     .range = {1, 65535}},
    {.key = "source.target_session_attrs",
     .kind = Kind::word,
     .doc = "Which of the hosts will do, as libpq defines it. When empty, read-write if there are several, any if "
            "there is one.",
     .field = [](Configuration& c) -> Field { return &c.source.target_session_attrs; },
     .words = session_attrs_words},
    {.key = "source.user",
     .kind = Kind::text,
     .doc = "Role to connect as. It needs the attribute REPLICATION. When empty, libpq decides: PGUSER, then the name "
            "of the operating system user.",
     .field = [](Configuration& c) -> Field { return &c.source.user; },
     .check = check_identifier_length},
    {.key = "source.password",
     .kind = Kind::text,
     .doc = "Password of the role. When empty, libpq decides: PGPASSWORD, then ~/.pgpass.",
     .field = [](Configuration& c) -> Field { return &c.source.password; },
     .is_secret = true},
    {.key = "source.database",
     .kind = Kind::text,
     .doc = "Database whose changes are captured.",
     .field = [](Configuration& c) -> Field { return &c.source.database; },
     .is_required = true,
     .check = check_identifier_length},
    {.key = "source.sslmode",
     .kind = Kind::word,
     .doc = "How the connection is encrypted and whom it trusts, as libpq defines it. When empty, libpq decides: "
            "PGSSLMODE, then prefer.",
     .field = [](Configuration& c) -> Field { return &c.source.sslmode; },
     .words = sslmode_words},
    {.key = "source.sslrootcert",
     .kind = Kind::text,
     .doc = "File with the certificates that the server's certificate is checked against.",
     .field = [](Configuration& c) -> Field { return &c.source.sslrootcert; }},
    {.key = "source.slot",
     .kind = Kind::text,
     .doc = "Logical replication slot to consume. Its plugin is glassflow, wal2json or pgoutput, see "
            "[other_plugins.md](other_plugins.md).",
     .field = [](Configuration& c) -> Field { return &c.source.slot; },
     .is_required = true,
     .check = check_slot_name},
    {.key = "source.create_slot",
     .kind = Kind::boolean,
     .doc = "Create the slot when it is missing. From then on the server keeps the write-ahead log that the slot has "
            "not yet consumed.",
     .field = [](Configuration& c) -> Field { return &c.source.create_slot; }},
    {.key = "source.plugin",
     .kind = Kind::word,
     .doc = "Output plugin of the slot. auto: that of the slot that is there, glassflow for one that is made. Another "
            "word makes the slot with that plugin, and refuses a slot of any other.",
     .field = [](Configuration& c) -> Field { return &c.source.plugin; },
     .words = plugin_words},
    {.key = "source.publications",
     .kind = Kind::list,
     .doc =
         "Publications whose changes a slot of pgoutput or glassflow sends; pgoutput needs one. What they publish is "
         "narrowed further by source.tables and the settings beside it.",
     .field = [](Configuration& c) -> Field { return &c.source.publications; },
     .check = check_identifier_length},
    {.key = "source.binary",
     .kind = Kind::boolean,
     .doc = "Ask a pgoutput slot for values in binary, which costs the server less; not for every type, see "
            "[other_plugins.md](other_plugins.md). PostgreSQL 14 and later.",
     .field = [](Configuration& c) -> Field { return &c.source.binary; }},
    {.key = "source.streaming",
     .kind = Kind::boolean,
     .doc =
         "Ask a glassflow or pgoutput slot for transactions while they are in progress, so that the server need not "
         "spill large ones to disk, and they are here when they commit. They are kept until then, in a quarter of "
         "memory_limit and beyond it in state_directory; when there is no room, the collector connects again and asks "
         "for committed ones only. PostgreSQL 14 and later.",
     .field = [](Configuration& c) -> Field { return &c.source.streaming; }},
    {.key = "source.streaming_disk_limit",
     .kind = Kind::size,
     .doc = "Bytes of transactions in progress that may be kept in state_directory, in files that are gone with the "
            "process.",
     .field = [](Configuration& c) -> Field { return &c.source.streaming_disk_limit_bytes; },
     .range = {0, 1ULL << 50}},
    {.key = "source.wal2json_args",
     .kind = Kind::list,
     .doc = "Options for a wal2json slot, as NAME=VALUE: format-version (2 when not given), actions, filter-tables, "
            "add-tables, filter-origins, filter-msg-prefixes, add-msg-prefixes. The others are set by the collector. "
            "In one text they are separated by semicolons: a value may be a list with commas.",
     .field = [](Configuration& c) -> Field { return &c.source.wal2json_args; },
     .check = check_wal2json_argument,
     .separator = ';'},
    {.key = "source.on_slot_lost",
     .kind = Kind::word,
     .doc = "What to do when the server has given the slot up (wal_status lost, or invalidated) or it is gone. fail: "
            "end and say so. recreate: make it anew and go on; the gap is logged, counted and kept in the checkpoint.",
     .field = [](Configuration& c) -> Field { return &c.source.on_slot_lost; },
     .words = slot_loss_words},
    {.key = "source.slot_watch_interval",
     .kind = Kind::duration,
     .doc = "Time between two looks at the slot's safety, over a connection of their own.",
     .field = [](Configuration& c) -> Field { return &c.source.slot_watch_interval; },
     .range = {100, hour_ms}},
    {.key = "source.heartbeat_interval",
     .kind = Kind::duration,
     .doc = "Time between two heartbeats: logical messages that must come back through the slot, or a warning says "
            "which half is stuck. 0s: none. Some 70 bytes of write-ahead log each; not possible on a standby.",
     .field = [](Configuration& c) -> Field { return &c.source.heartbeat_interval; },
     .range = {0, hour_ms}},
    {.key = "source.tables",
     .kind = Kind::list,
     .doc = "Tables to capture, as schema.table. `*` stands for any run of characters, double quotes keep a name as it "
            "is. When empty, every table.",
     .field = [](Configuration& c) -> Field { return &c.source.tables; },
     .check = check_table_pattern},
    {.key = "source.exclude_tables",
     .kind = Kind::list,
     .doc = "Tables not to capture, written as in tables, although that may name them, too.",
     .field = [](Configuration& c) -> Field { return &c.source.exclude_tables; },
     .check = check_table_pattern},
    {.key = "source.columns",
     .kind = Kind::list,
     .doc = "Columns to send of a table, as schema.table: column, column; those of the key are always sent. How rules "
            "add up is in [selecting.md](selecting.md). Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.columns; },
     .check = check_table_rule,
     .separator = ';'},
    {.key = "source.exclude_columns",
     .kind = Kind::list,
     .doc = "Columns not to send of a table, written as in columns. Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.exclude_columns; },
     .check = check_table_rule,
     .separator = ';'},
    {.key = "source.rows",
     .kind = Kind::list,
     .doc = "Rows to send of a table, as schema.table: condition, such as public.orders: amount > 100 and status in "
            "('open', 'new'); see [selecting.md](selecting.md). Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.rows; },
     .check = check_table_rule,
     .separator = ';'},
    {.key = "source.actions",
     .kind = Kind::list,
     .doc = "What changes to send: insert, update, delete, truncate. When empty, all. From slots of glassflow and "
            "wal2json; a publication has its own.",
     .field = [](Configuration& c) -> Field { return &c.source.actions; },
     .check = check_action},
    {.key = "source.messages",
     .kind = Kind::text,
     .doc = "Which logical messages to send: all (when empty), off, or prefixes, separated by commas, * for any "
            "characters. Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.messages; }},
    {.key = "source.origin",
     .kind = Kind::text,
     .doc = "Whose changes to send, by replication origin: any (when empty), none for those made here, names of "
            "origins, separated by commas. From slots of glassflow; of pgoutput any and none, PostgreSQL 16 and later.",
     .field = [](Configuration& c) -> Field { return &c.source.origin; }},
    {.key = "source.update_columns",
     .kind = Kind::word,
     .doc = "What is sent of updated rows of tables with REPLICA IDENTITY FULL and a key: all columns, or (changed) "
            "those of the key and those that changed. The others are told as unchanged large values are, so that every "
            "sink needs toast: omit. Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.update_columns; },
     .words = update_columns_words},
    {.key = "source.masks",
     .kind = Kind::list,
     .doc = "What is sent in place of values, as schema.table: column = mask, column = mask. Masks are null, hash, "
            "redact('text'), keep_last(4), truncate(10); see [masking.md](masking.md). The server masks, before values "
            "leave it. Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.masks; },
     .check = check_mask_rule,
     .separator = ';'},
    {.key = "source.ddl",
     .kind = Kind::boolean,
     .doc = "Deliver schema changes, as logical messages of the prefix glassflow.ddl, in order with the rows: "
            "[event_forms.md](event_forms.md#schema-changes). The server must tell them: SELECT "
            "glassflow.capture_ddl() makes it so. Only from a slot of glassflow.",
     .field = [](Configuration& c) -> Field { return &c.source.ddl; }},
    {.key = "source.frame_bytes",
     .kind = Kind::size,
     .doc = "Size at which the plugin sends what it has gathered of a transaction.",
     .field = [](Configuration& c) -> Field { return &c.source.frame_bytes; },
     .range = {1024, 16 * mebibyte}},
    {.key = "source.connect_timeout",
     .kind = Kind::duration,
     .doc = "How long one attempt to connect may take.",
     .field = [](Configuration& c) -> Field { return &c.source.connect_timeout; },
     .range = {second_ms, 10 * minute_ms}},
    {.key = "source.status_interval",
     .kind = Kind::duration,
     .doc = "Longest time between two status updates to the server. Keep it well below the server's "
            "wal_sender_timeout.",
     .field = [](Configuration& c) -> Field { return &c.source.status_interval; },
     .range = {100, minute_ms}},
    {.key = "source.reconnect_initial",
     .kind = Kind::duration,
     .doc = "Wait before the first attempt to connect again; it doubles with each further one.",
     .field = [](Configuration& c) -> Field { return &c.source.reconnect_initial; },
     .range = {10, minute_ms}},
    {.key = "source.reconnect_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two attempts to connect again.",
     .field = [](Configuration& c) -> Field { return &c.source.reconnect_max; },
     .range = {10, hour_ms}},
};

}  // namespace

std::span<const Option> source_rows() {
    return rows;
}

}  // namespace glassflow::config
