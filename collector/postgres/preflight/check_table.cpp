// Adding a check is adding a row here, a word in finding.h and the look itself; the page of the documentation follows.
#include "postgres/preflight/check_table.h"

#include <array>

namespace glassflow::postgres {

namespace {

constexpr auto table = std::to_array<CheckDescription>({
    {Check::connection, "connection", "the server answers, and lets the role into the database",
     "Nothing else can be looked at without it."},
    {Check::tls, "tls", "the connection is encrypted, and the server's certificate is checked",
     "Without it the rows, and with some methods the password, can be read or changed on their way."},
    {Check::replication_connection, "replication_connection",
     "the role may open a replication connection, by `pg_hba.conf` and its attributes",
     "The changes come over such a connection. `pg_hba.conf` matches it by the name of the database, not by the word "
     "`replication`."},
    {Check::server_version, "server_version", "PostgreSQL 13 or later, and no minor release with known defects",
     "Some minor releases lose changes, or cannot decode them any more."},
    {Check::wal_level, "wal_level", "`wal_level` is `logical`",
     "Only then does the write-ahead log hold what decoding needs."},
    {Check::max_replication_slots, "max_replication_slots", "there is room for the slot",
     "Without it the slot cannot be made."},
    {Check::max_wal_senders, "max_wal_senders", "there is room for one more walsender",
     "The stream takes one; without it the collector cannot connect."},
    {Check::max_worker_processes, "max_worker_processes", "the server has workers to spare",
     "Decoding takes none, but the launcher of logical replication and extensions of managed servers do."},
    {Check::wal_sender_timeout, "wal_sender_timeout",
     "the server's patience is longer than the collector's silence, and not endless",
     "The server ends a stream that is silent for that long. With 0 it never notices that a host has vanished, and the "
     "slot stays in use."},
    {Check::role, "role", "the role may replicate, and has no more rights than it needs",
     "Without REPLICATION, or the platform's own grant, no slot can be made or read."},
    {Check::plugin, "plugin", "the output plugin is installed on the server",
     "The slot cannot be made or read without it."},
    {Check::output_plugin_libraries, "output_plugin_libraries",
     "the server's list of allowed plugins has it, where the server knows the list",
     "Minor releases since August 2026 refuse every plugin that is not on the list."},
    {Check::slot, "slot", "the slot exists or will be made, is ours to read, and not given up by the server",
     "The slot holds the position, and the write-ahead log from there on."},
    {Check::standby, "standby", "a server in recovery can decode, and its slot will live",
     "On a standby the slot is invalidated when the primary removes catalog rows that it needs, or when the primary's "
     "`wal_level` goes below `logical`."},
    {Check::publications, "publications", "of pgoutput: the publications exist and have the tables",
     "pgoutput sends what publications name, and nothing else."},
    {Check::plugin_options, "plugin_options",
     "the slot's plugin can do, and takes, what `source` asks of it: what is sent, and what is masked",
     "What it does not take is refused when the stream begins; columns that nobody masks would leave the server as "
     "they are."},
    {Check::tables, "tables", "each pattern of `source.tables` names a table whose changes can be decoded",
     "A pattern that names none is a typing error, or a table that is still to come."},
    {Check::replica_identity, "replica_identity", "each table has a primary key or a replica identity",
     "Without it the write-ahead log does not say which row was updated or deleted."},
    {Check::unchanged_values, "unchanged_values", "tables with large values have `REPLICA IDENTITY FULL`",
     "A large value that an update leaves alone is not in the write-ahead log, so its column is left out, or gets the "
     "placeholder."},
    {Check::select, "select", "where a sink has `toast: reselect`, the role may read the tables",
     "Large values that an update left alone are read from the table."},
    {Check::generated_columns, "generated_columns", "generated columns that the plugin does not send",
     "Their values are computed where they are read, or not published, so that events do not have them."},
    {Check::slot_limit, "slot_limit", "`max_slot_wal_keep_size` bounds the WAL kept for slots",
     "Without a bound a collector that is down fills the server's disk, with one that is too small the slot is lost."},
    {Check::other_slots, "other_slots", "no other slot that nobody reads keeps WAL",
     "A slot keeps the write-ahead log until it is read or dropped, however long that takes."},
    {Check::decoding_memory, "decoding_memory", "transactions fit into `logical_decoding_work_mem`",
     "What does not fit is written to the server's disk and read again."},
    {Check::checkpoint, "checkpoint", "what the collector remembers fits the slot",
     "Where it does not fit, `run` refuses to go on, so that nothing is lost or repeated unseen."},
    {Check::state_directory, "state_directory", "`state_directory` can be written",
     "The checkpoint and dead letters are kept there."},
    {Check::sink, "sink", "each sink can be reached, and takes its credential; nothing is delivered",
     "What cannot be delivered waits, and the slot keeps the write-ahead log meanwhile."},
    {Check::pipeline, "pipeline",
     "the pipelines that the events are for exist and run, where GlassFlow's management API answers",
     "Events wait in the topic until there is a pipeline that reads them."},
});

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].check) != i)
            return false;
    }
    return table.size() == static_cast<std::size_t>(Check::pipeline) + 1;
}
static_assert(is_in_order());

}  // namespace

std::span<const CheckDescription> check_table() {
    return table;
}

const CheckDescription& description_of(Check check) {
    return table[static_cast<std::size_t>(check)];
}

std::string checks_markdown() {
    std::string text =
        "# What `check` looks at\n\n"
        "Generated by `make docs` from the collector's own table; do not edit. How it is used is in "
        "[setup.md](setup.md).\n\n"
        "| check | looks at | why |\n|---|---|---|\n";
    for (const CheckDescription& row : table)
        text += "| `" + std::string(row.name) + "` | " + std::string(row.looks) + " | " + std::string(row.why) + " |\n";
    return text;
}

std::string to_sentence(const Remedy& remedy) {
    std::string text = remedy.advice;
    std::string statements;
    for (const std::string& statement : remedy.sql)
        statements += (statements.empty() ? "" : " ") + statement;
    if (!statements.empty())
        text += (text.empty() ? "Run: " : " Run: ") + statements;
    for (const std::string& setting : remedy.settings)
        text += (text.empty() ? "Set " : " Set ") + setting + ".";
    if (remedy.needs_restart)
        text += " Then restart the server.";
    return text;
}

}  // namespace glassflow::postgres
