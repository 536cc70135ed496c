// Whose LSNs these are: the server behind a connection, and how its history hangs together with one that is remembered.
//
// Two LSNs can be compared when they are of one system and one timeline, or when the later timeline forked off the
// earlier one after both. That alone does not make them two places in one history: a disk that was put back to an
// earlier state keeps system and timeline. Only a server that was not started in between proves it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/lsn.h"
#include "postgres/connection.h"

namespace glassflow::postgres {

struct ServerIdentity {
    std::string system_identifier;
    std::uint32_t timeline = 0;
    std::string started;  // when its postmaster was, UTC; for comparing and showing, not for reckoning
    event::Lsn wal_end;   // flushed, or replayed on a standby
    bool is_in_recovery = false;
};

// SQL that says when the server was started, as ServerIdentity::started does.
inline constexpr const char* server_started_expression =
    "pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.pg_postmaster_start_time()), "
    "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

// For replication connections.
ServerIdentity identify(Connection& connection);

// Where the history of the server's timeline left the older timeline; nullopt when it never was on it. For replication
// connections.
std::optional<event::Lsn> fork_from(Connection& connection, std::uint32_t server_timeline, std::uint32_t timeline);

// The same from the text of a timeline history file: lines of timeline, LSN, reason. Pure.
std::optional<event::Lsn> parse_fork(std::string_view history, std::uint32_t timeline);

}  // namespace glassflow::postgres
