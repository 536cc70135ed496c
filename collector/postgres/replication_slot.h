// The slot: what the server knows of it, and making one.
#pragma once

#include <optional>
#include <string>

#include "event/lsn.h"
#include "postgres/connection.h"

namespace glassflow::postgres {

inline constexpr const char* plugin_name = "glassflow";

struct ReplicationSlot {
    std::string name;
    std::string type;      // "logical", "physical"
    std::string plugin;    // of logical slots
    std::string database;  // of logical slots
    bool is_active = false;
    std::string active_pid;  // when active
    event::Lsn confirmed_flush_lsn;
    std::string wal_status;  // reserved, extended, unreserved, lost
};

// nullopt when there is none of that name.
std::optional<ReplicationSlot> find_slot(Connection& connection, const std::string& name);

// Makes a permanent slot with our plugin; returns its consistent point. Waits for transactions that run at the moment.
event::Lsn create_slot(Connection& connection, const std::string& name);

}  // namespace glassflow::postgres
