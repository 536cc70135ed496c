// The slot: what the server knows of it, and making one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "event/lsn.h"
#include "postgres/connection.h"

namespace glassflow::postgres {

inline constexpr const char* plugin_name = "glassflow";  // ours
inline constexpr const char* wal2json_name = "wal2json";
inline constexpr const char* pgoutput_name = "pgoutput";

// Is a slot of that plugin understood?
bool is_understood(const std::string& plugin);
// The name of the plugin that is asked for; empty for automatic.
std::string name_of(SlotPlugin plugin);

struct ReplicationSlot {
    std::string name;
    std::string type;      // "logical", "physical"
    std::string plugin;    // of logical slots
    std::string database;  // of logical slots
    bool is_active = false;
    std::string active_pid;          // when active
    std::string active_application;  // of active_pid, as it calls itself
    event::Lsn confirmed_flush_lsn;
    event::Lsn restart_lsn;                      // WAL from here on is kept for it
    std::string wal_status;                      // reserved, extended, unreserved, lost
    std::optional<std::int64_t> safe_wal_bytes;  // that can be written before it may be lost; nullopt: no limit is set
    std::string invalidation_reason;             // why the server has given it up, where it tells (16 and later)

    // The server has given it up: it will never stream again.
    bool is_lost() const { return wal_status == "lost" || !invalidation_reason.empty(); }
};

// nullopt when there is none of that name. For either kind of connection.
std::optional<ReplicationSlot> find_slot(Connection& connection, const std::string& name);

void drop_slot(Connection& connection, const std::string& name);

// Makes a permanent slot with that plugin; returns its consistent point. Waits for transactions that run at the moment.
event::Lsn create_slot(Connection& connection, const std::string& name, const std::string& plugin);

}  // namespace glassflow::postgres
