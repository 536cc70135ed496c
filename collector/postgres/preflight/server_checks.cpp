// The server and the settings that it was started with.
#include <algorithm>
#include <array>
#include <charconv>

#include "postgres/preflight/examination.h"
#include "postgres/preflight/server_version.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

std::int64_t number(const std::optional<std::string>& text) {
    std::int64_t value = 0;
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

// In the unit that the server keeps it in: milliseconds, kilobytes.
std::int64_t raw_setting(Examination& examination, const char* name) {
    const Result result =
        examination.connection().query("SELECT setting FROM pg_settings WHERE name = $1", {std::string_view(name)});
    return result.row_count() == 0 ? 0 : number(result.value(0, 0));
}

std::int64_t used_slots(Examination& examination) {
    return number(examination.connection().query("SELECT count(*) FROM pg_replication_slots").value(0, 0));
}

void check_slots(Examination& examination) {
    const std::int64_t limit = raw_setting(examination, "max_replication_slots");
    const std::int64_t used = used_slots(examination);
    const std::string found = std::to_string(used) + " of " + std::to_string(limit) + " replication slots are in use";
    if (examination.slot() || used < limit)
        return examination.ok(Check::max_replication_slots, found);
    examination.failed(Check::max_replication_slots,
                       found + ", and slot \"" + examination.settings().slot + "\" does not exist yet",
                       room_for_slots(examination));
}

void check_wal_senders(Examination& examination) {
    const std::int64_t limit = raw_setting(examination, "max_wal_senders");
    const std::int64_t used =
        number(examination.connection().query("SELECT count(*) FROM pg_stat_replication").value(0, 0));
    const std::string found = std::to_string(used) + " of " + std::to_string(limit) + " walsenders are in use";
    const bool is_ours = examination.slot() && examination.slot()->is_active;
    if (used < limit || is_ours)
        return examination.ok(Check::max_wal_senders, found);
    examination.failed(Check::max_wal_senders, found,
                       change_setting(examination.platform(), "max_wal_senders", std::to_string(limit + 10), true));
}

void check_worker_processes(Examination& examination) {
    constexpr std::int64_t standard = 8;
    constexpr std::int64_t of_azure = 16;  // its documentation asks for as many
    const std::int64_t least = examination.platform().name == PlatformName::azure ? of_azure : standard;
    const std::int64_t limit = raw_setting(examination, "max_worker_processes");
    const std::string found = "max_worker_processes is " + std::to_string(limit);
    if (limit >= least)
        return examination.ok(Check::max_worker_processes, found);
    examination.warning(Check::max_worker_processes, found + ", below " + std::to_string(least),
                        change_setting(examination.platform(), "max_worker_processes", std::to_string(least), true));
}

}  // namespace

Remedy room_for_slots(Examination& examination) {
    Remedy remedy = change_setting(examination.platform(), "max_replication_slots",
                                   std::to_string(used_slots(examination) + 10), true);
    remedy.advice += " Or drop a slot that nobody uses (see pg_replication_slots).";
    return remedy;
}

bool check_server_version(Examination& examination) {
    const std::string version = examination.connection().query("SHOW server_version").text(0, 0);
    const VersionVerdict verdict = judge_server_version(examination.version_num());
    const std::string found = "PostgreSQL " + version;
    switch (verdict.kind) {
        case VersionVerdict::Kind::too_old:
            examination.failed(Check::server_version, found + " is too old",
                               {"The plugin and the collector need PostgreSQL 13 or later."});
            return false;
        case VersionVerdict::Kind::has_defects:
            if (examination.questions().is_whole) {
                examination.warning(Check::server_version, found + " " + verdict.what, {verdict.remedy});
                return true;
            }
            break;
        case VersionVerdict::Kind::good:
            break;
    }
    examination.ok(Check::server_version,
                   found + (examination.platform().is_managed() ? ", " + std::string(examination.platform().title)
                                                                : std::string()));
    return true;
}

bool check_wal_level(Examination& examination) {
    const std::string wal_level = examination.connection().query("SHOW wal_level").text(0, 0);
    if (wal_level == "logical") {
        examination.ok(Check::wal_level, "wal_level is logical");
        return true;
    }
    examination.failed(Check::wal_level, "wal_level is " + wal_level + ", not logical",
                       enable_logical_decoding(examination.platform()));
    return false;
}

void check_capacity(Examination& examination) {
    check_slots(examination);
    check_wal_senders(examination);
    check_worker_processes(examination);
}

void check_wal_sender_timeout(Examination& examination) {
    constexpr const char* standard = "60s";
    const std::int64_t timeout_ms = raw_setting(examination, "wal_sender_timeout");
    const std::int64_t interval_ms = examination.settings().status_interval.count();
    const std::string found = "wal_sender_timeout is " + std::to_string(timeout_ms) + " ms";
    // Any role may set it for its own sessions, and a server whose others want it short stays as it is.
    const Remedy remedy{
        "As that role, or a superuser.",
        {"ALTER ROLE " + sql_identifier(examination.role()) + " SET wal_sender_timeout = '" + standard + "';"}};
    if (timeout_ms == 0)
        return examination.warning(Check::wal_sender_timeout,
                                   "wal_sender_timeout is 0: the slot of a host that vanished stays in use", remedy);
    if (timeout_ms <= interval_ms)
        return examination.failed(Check::wal_sender_timeout,
                                  found + ", and the collector reports every " + std::to_string(interval_ms) +
                                      " ms only (source.status_interval): the server would end the stream",
                                  remedy);
    if (timeout_ms < 2 * interval_ms)
        return examination.warning(
            Check::wal_sender_timeout,
            found + ", less than twice source.status_interval (" + std::to_string(interval_ms) + " ms)", remedy);
    examination.ok(Check::wal_sender_timeout, found);
}

}  // namespace glassflow::postgres
