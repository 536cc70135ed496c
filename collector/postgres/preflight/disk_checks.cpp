// What slots do to the server's disk: kept WAL, by ours and others, and transactions that decoding spilled.
#include <algorithm>
#include <cstdlib>

#include "postgres/preflight/byte_text.h"
#include "postgres/preflight/examination.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

constexpr std::int64_t mebibyte = 1 << 20;
constexpr std::int64_t forgotten_bytes = 256 * mebibyte;  // kept by a slot that nobody reads
constexpr int most_slots_told = 10;
constexpr int spill_counters_version_num = 140000;
constexpr int idle_timeout_version_num = 180000;

constexpr const char* other_slots_query = R"(
SELECT slot_name, slot_type, coalesce(database::text, ''),
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       restart_lsn)::bigint
FROM pg_replication_slots
WHERE slot_name <> $1 AND NOT active AND NOT temporary AND restart_lsn IS NOT NULL
ORDER BY 4 DESC)";

std::int64_t number(const Result& result, int row, int column) {
    return std::strtoll(result.value(row, column).value_or("0").c_str(), nullptr, 10);
}

// Empty, or how far it has come with our own slot. For servers that know the time (17 and later).
std::string idle_since(Examination& examination) {
    const auto& slot = examination.slot();
    if (!slot || slot->is_lost() || slot->is_active)
        return "";
    const Result since = examination.connection().query(
        "SELECT inactive_since::timestamptz(0) FROM pg_replication_slots WHERE slot_name = $1", {slot->name});
    const auto time = since.value(0, 0);
    return time ? ", and slot \"" + slot->name + "\" is read by nobody since " + *time : "";
}

}  // namespace

void check_slot_limit(Examination& examination) {
    const std::string limit = examination.setting("max_slot_wal_keep_size").value_or("-1");
    if (limit == "-1")
        examination.warning(Check::slot_limit,
                            "max_slot_wal_keep_size is -1: while the collector is down, write-ahead log gathers until "
                            "the server's disk is full",
                            [&] {
                                Remedy remedy =
                                    change_setting(examination.platform(), "max_slot_wal_keep_size", "50GB", false);
                                remedy.advice += " Choose what the disk can bear.";
                                return remedy;
                            }());
    else
        examination.ok(Check::slot_limit, "max_slot_wal_keep_size is " + limit);
    if (examination.version_num() < idle_timeout_version_num)
        return;
    const std::string idle = examination.setting("idle_replication_slot_timeout").value_or("0");
    if (idle != "0")
        examination.warning(Check::slot_limit,
                            "idle_replication_slot_timeout is " + idle +
                                ": a collector that is down for longer loses its slot" + idle_since(examination),
                            change_setting(examination.platform(), "idle_replication_slot_timeout", "0", false));
}

void check_other_slots(Examination& examination) {
    const Result slots = examination.connection().query(other_slots_query, {examination.settings().slot});
    int told = 0;
    for (int row = 0; row < slots.row_count() && told < most_slots_told; ++row) {
        const std::int64_t kept = number(slots, row, 3);
        if (kept < forgotten_bytes)
            break;
        const std::string database = slots.text(row, 2);
        examination.warning(Check::other_slots,
                            slots.text(row, 1) + " slot \"" + slots.text(row, 0) + "\"" +
                                (database.empty() ? "" : " of database \"" + database + "\"") +
                                " is read by nobody and keeps " + byte_text(kept) + " of write-ahead log",
                            {"If nothing needs it any more; this cannot be undone.",
                             {"SELECT pg_drop_replication_slot(" + quote_literal(slots.text(row, 0)) + ");"}});
        ++told;
    }
    if (told == 0)
        examination.ok(Check::other_slots,
                       "no other slot that nobody reads keeps more than " + byte_text(forgotten_bytes));
}

void check_decoding_memory(Examination& examination) {
    const std::string memory = examination.setting("logical_decoding_work_mem").value_or("");
    const std::string found = "logical_decoding_work_mem is " + memory;
    if (examination.version_num() < spill_counters_version_num)
        return examination.unknown(Check::decoding_memory, found + "; servers before 14 do not count what was spilled",
                                   {"Look at the size of pg_replslot on the server."});
    const Result counters = examination.connection().query(
        "SELECT spill_txns, spill_bytes, total_txns FROM pg_stat_replication_slots WHERE slot_name = $1",
        {examination.settings().slot});
    const std::int64_t spilled = counters.row_count() == 0 ? 0 : number(counters, 0, 0);
    // A rare large transaction is what spilling is for.
    if (spilled == 0 || spilled * 100 < number(counters, 0, 2))
        return examination.ok(Check::decoding_memory,
                              found + ", " + std::to_string(spilled) + " transactions were spilled");
    const std::int64_t each = number(counters, 0, 1) / spilled;
    const std::int64_t wanted = std::clamp<std::int64_t>(2 * each / mebibyte, 128, 1024);
    examination.warning(
        Check::decoding_memory,
        found + ", and " + std::to_string(spilled) + " transactions of " + byte_text(each) +
            " on average were written to the server's disk before they were decoded",
        {"The first as the role itself or a superuser; it counts from the collector's next connection. The second, as "
         "superuser, begins the count anew.",
         {"ALTER ROLE " + sql_identifier(examination.role()) + " SET logical_decoding_work_mem = '" +
              std::to_string(wanted) + "MB';",
          "SELECT pg_stat_reset_replication_slot(" + quote_literal(examination.settings().slot) + ");"}});
}

}  // namespace glassflow::postgres
