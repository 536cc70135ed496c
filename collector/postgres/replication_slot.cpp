#include "postgres/replication_slot.h"

#include <cstdlib>

namespace glassflow::postgres {

namespace {
event::Lsn lsn_of(const std::optional<std::string>& text) {
    return text ? event::parse_lsn(*text).value_or(event::Lsn{}) : event::Lsn{};
}
}  // namespace

std::optional<ReplicationSlot> find_slot(Connection& connection, const std::string& name) {
    // 16 tells of conflicts with recovery on a standby, 17 of every reason.
    const int version_num = connection.server_version_num();
    const std::string reason = version_num >= 170000   ? "s.invalidation_reason"
                               : version_num >= 160000 ? "CASE WHEN s.conflicting THEN 'conflict with recovery' END"
                                                       : "NULL::text";
    const Result result = connection.command(
        "SELECT s.slot_type, s.plugin, s.database, s.active, s.active_pid, s.confirmed_flush_lsn, s.wal_status, "
        "s.restart_lsn, s.safe_wal_size, " +
        reason +
        ", (SELECT a.application_name FROM pg_catalog.pg_stat_activity a WHERE a.pid = s.active_pid) "
        "FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = " +
        quote_literal(name));
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
    slot.restart_lsn = lsn_of(result.value(0, 7));
    if (const auto safe = result.value(0, 8))
        slot.safe_wal_bytes = std::strtoll(safe->c_str(), nullptr, 10);
    slot.invalidation_reason = result.value(0, 9).value_or("");
    slot.active_application = result.value(0, 10).value_or("");
    return slot;
}

bool is_understood(const std::string& plugin) {
    return plugin == plugin_name || plugin == wal2json_name || plugin == pgoutput_name;
}

std::string name_of(SlotPlugin plugin) {
    switch (plugin) {
        case SlotPlugin::glassflow:
            return plugin_name;
        case SlotPlugin::wal2json:
            return wal2json_name;
        case SlotPlugin::pgoutput:
            return pgoutput_name;
        default:
            return "";
    }
}

event::Lsn create_slot(Connection& connection, const std::string& name, const std::string& plugin) {
    const Result result = connection.command("SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot(" +
                                             quote_literal(name) + ", " + quote_literal(plugin) + ")");
    return lsn_of(result.value(0, 0));
}

void drop_slot(Connection& connection, const std::string& name) {
    connection.command("SELECT pg_catalog.pg_drop_replication_slot(" + quote_literal(name) + ")");
}

}  // namespace glassflow::postgres
