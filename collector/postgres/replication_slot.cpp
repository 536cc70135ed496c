#include "postgres/replication_slot.h"

namespace glassflow::postgres {

namespace {
event::Lsn lsn_of(const std::optional<std::string>& text) {
    return text ? event::parse_lsn(*text).value_or(event::Lsn{}) : event::Lsn{};
}
}  // namespace

std::optional<ReplicationSlot> find_slot(Connection& connection, const std::string& name) {
    const Result result = connection.query(
        "SELECT slot_type, plugin, database, active, active_pid, confirmed_flush_lsn, wal_status "
        "FROM pg_catalog.pg_replication_slots WHERE slot_name = $1",
        {name});
    if (result.row_count() == 0)
        return std::nullopt;
    ReplicationSlot slot;
    slot.name = name;
    slot.type = result.text(0, 0);
    slot.plugin = result.value(0, 1).value_or("");
    slot.database = result.value(0, 2).value_or("");
    slot.is_active = result.text(0, 3) == "t";
    slot.active_pid = result.value(0, 4).value_or("");
    slot.confirmed_flush_lsn = lsn_of(result.value(0, 5));
    slot.wal_status = result.value(0, 6).value_or("");
    return slot;
}

event::Lsn create_slot(Connection& connection, const std::string& name) {
    const Result result =
        connection.query("SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot($1, $2)", {name, plugin_name});
    return lsn_of(result.value(0, 0));
}

}  // namespace glassflow::postgres
