// What was found of one precondition, and what mends it: text for a person, SQL and settings to be used as they stand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::postgres {

// Each has a row in check_table.cpp, in this order.
enum class Check : std::uint8_t {
    connection,
    tls,
    replication_connection,
    server_version,
    wal_level,
    max_replication_slots,
    max_wal_senders,
    max_worker_processes,
    wal_sender_timeout,
    role,
    plugin,
    output_plugin_libraries,
    slot,
    standby,
    publications,
    plugin_options,
    tables,
    replica_identity,
    unchanged_values,
    select,
    generated_columns,
    slot_limit,
    other_slots,
    decoding_memory,
    checkpoint,
    state_directory,
    sink,
    pipeline,
};

struct Remedy {
    std::string advice;                      // full sentences
    std::vector<std::string> sql = {};       // statements that mend it, in their order, each with its semicolon
    std::vector<std::string> settings = {};  // lines of the collector's configuration that mend it, "key: value"
    bool needs_restart = false;              // of the server, after the statements
};

struct Finding {
    enum class Outcome : std::uint8_t {
        ok,
        warning,  // it works, and may stop to, or costs more than it should
        failed,   // must be mended before `run` can do what it is configured for
        unknown,  // could not be known, with the rights or the server at hand
    };

    Check check = Check::connection;
    Outcome outcome = Outcome::ok;
    std::string found;  // a lower-case phrase: what is so, or what is wrong
    Remedy remedy = {};
};

// The remedy as one line, for a message: advice, statements, settings.
std::string to_sentence(const Remedy& remedy);

}  // namespace glassflow::postgres
