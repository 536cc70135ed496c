#include "command/slot_look.h"

#include <cstdlib>

#include "postgres/preflight.h"
#include "postgres/replication_slot.h"

namespace glassflow::command {

namespace {

// How long ago the walsender's client last said that it has what was sent to it; no row, or NULL, when it is idle.
constexpr const char* lag_query =
    "SELECT pg_catalog.date_part('epoch', coalesce(replay_lag, flush_lag, write_lag)) FROM "
    "pg_catalog.pg_stat_replication WHERE pid = $1::int";

std::int64_t difference(event::Lsn later, event::Lsn earlier) {
    return later < earlier ? 0 : static_cast<std::int64_t>(later.value - earlier.value);
}

}  // namespace

StatusLook SlotLooker::look() {
    try {
        if (!connection_)
            connection_ = postgres::Connection::open(settings_, postgres::Connection::Kind::sql);
        return look_over(*connection_);
    } catch (const postgres::PostgresError&) {
        connection_.reset();
        throw;
    }
}

StatusLook SlotLooker::look_over(postgres::Connection& connection) {
    StatusLook look;
    look.source = describe(settings_);
    look.slot = settings_.slot;
    const auto slot = postgres::find_slot(connection, settings_.slot);
    look.time = std::chrono::steady_clock::now();
    const postgres::Result end = connection.query(
        "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE "
        "pg_catalog.pg_current_wal_lsn() END");
    look.server_position = event::parse_lsn(end.value(0, 0).value_or("")).value_or(event::Lsn{});
    if (!slot) {
        look.state = "missing";
        return look;
    }
    look.state = slot->is_lost() ? "lost" : slot->is_active ? "in_use" : "idle";
    look.wal_status = slot->wal_status;
    look.position = slot->confirmed_flush_lsn;
    if (slot->is_lost()) {
        look.last_error = postgres::describe_loss(*slot);
        return look;
    }
    look.lag_bytes = difference(look.server_position, slot->confirmed_flush_lsn);
    look.retained_wal_bytes = difference(look.server_position, slot->restart_lsn);
    look.safe_wal_bytes = slot->safe_wal_bytes;
    forecast_.add(look.time, slot->safe_wal_bytes);
    if (const auto left = forecast_.time_to_loss())
        look.seconds_to_loss = left->count();
    if (slot->is_active) {
        const postgres::Result lag = connection.query(lag_query, {slot->active_pid});
        if (lag.row_count() != 0 && lag.value(0, 0))
            look.lag_seconds = std::strtod(lag.text(0, 0).c_str(), nullptr);
    }
    return look;
}

}  // namespace glassflow::command
