#include "delivery/slot_watch.h"

#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

#include "log/log.h"
#include "postgres/server_identity.h"

namespace glassflow::delivery {

using namespace std::chrono_literals;

namespace {

constexpr auto least_heartbeat_patience = 30s;  // WAL of an idle server may take half of that to be flushed
constexpr auto danger_message = "slot may be lost: the server will remove write-ahead log that it needs";
constexpr auto stale_message = "stale: a heartbeat does not come back";
constexpr auto watch_message = "slot cannot be watched at the moment";

event::Lsn lsn_of(const postgres::Result& result, int column) {
    return event::parse_lsn(result.text(0, column)).value_or(event::Lsn{});
}

std::uint64_t distance(event::Lsn from, event::Lsn to) {
    return to > from && from.value != 0 ? to.value - from.value : 0;
}

}  // namespace

SlotWatch::SlotWatch(const postgres::SourceSettings& settings, std::function<StreamProgress()> progress,
                     ServerSeen on_server)
    : settings_(settings),
      progress_(std::move(progress)),
      on_server_(std::move(on_server)),
      heartbeat_(std::max<std::chrono::milliseconds>(least_heartbeat_patience, 3 * settings.heartbeat_interval)) {}

SlotWatch::~SlotWatch() {
    stop();
}

void SlotWatch::start() {
    thread_ = std::thread(&SlotWatch::run, this);
}

void SlotWatch::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
        if (socket_ >= 0)
            ::shutdown(socket_, SHUT_RDWR);
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

SlotCare SlotWatch::status() const {
    std::lock_guard lock(mutex_);
    return care_;
}

void SlotWatch::run() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        lock.unlock();
        look();
        lock.lock();
        changed_.wait_for(lock, pause(), [this] { return is_stopping_; });
    }
}

SlotWatch::Clock::duration SlotWatch::pause() const {
    // A heartbeat's way back is looked at more often than the slot, from memory alone.
    const Clock::duration slot = settings_.slot_watch_interval;
    return settings_.heartbeat_interval.count() == 0 ? slot : std::min<Clock::duration>(slot, 500ms);
}

void SlotWatch::look() {
    // While the stream is cut off the reader says so, and asks for a connection often enough.
    try {
        if (Clock::now() >= slot_due_) {
            slot_due_ = Clock::now() + settings_.slot_watch_interval;
            look_at_slot();
        }
        if (settings_.heartbeat_interval.count() > 0) {
            send_heartbeat();
            SlotCare care = status();
            look_at_heartbeat(care);
            std::lock_guard lock(mutex_);
            care_ = care;
        }
    } catch (const postgres::PostgresError& error) {
        disconnect();
        std::lock_guard lock(mutex_);
        care_.is_known = false;
        if (is_stopping_)
            return;
        if (const auto suppressed = repeated_.admit(watch_message))
            log::warning(watch_message, {{"reason", error.what()}, {"suppressed_lines", *suppressed}});
    }
}

postgres::Connection& SlotWatch::connection() {
    if (!connection_) {
        connection_ = postgres::Connection::open(settings_, postgres::Connection::Kind::sql);
        std::lock_guard lock(mutex_);
        socket_ = connection_->socket();
        if (is_stopping_)
            ::shutdown(socket_, SHUT_RDWR);
    }
    return *connection_;
}

void SlotWatch::disconnect() {
    {
        std::lock_guard lock(mutex_);
        socket_ = -1;
    }
    connection_.reset();
}

void SlotWatch::look_at_slot() {
    const auto slot = postgres::find_slot(connection(), settings_.slot);
    const auto position = connection().command(
        "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
        "ELSE pg_catalog.pg_current_wal_lsn() END, pg_catalog.pg_is_in_recovery(), " +
        std::string(postgres::server_started_expression));
    on_server_(position.text(0, 2), position.text(0, 1) == "t");
    SlotCare care = status();
    care.is_known = true;
    care.server_wal_lsn = lsn_of(position, 0).value;
    judge(slot, care);
    std::lock_guard lock(mutex_);
    care_ = std::move(care);
}

void SlotWatch::judge(const std::optional<postgres::ReplicationSlot>& slot, SlotCare& care) {
    care.is_lost = !slot || slot->is_lost();
    care.wal_status = slot ? slot->wal_status : "missing";
    care.invalidation_reason = slot ? slot->invalidation_reason : "";
    care.retained_wal_bytes = slot ? distance(slot->restart_lsn, event::Lsn{care.server_wal_lsn}) : 0;
    care.safe_wal_bytes = slot ? slot->safe_wal_bytes : std::nullopt;
    forecast_.add(Clock::now(), care.safe_wal_bytes);
    const auto left = forecast_.time_to_loss();
    care.seconds_to_loss = left ? std::optional(left->count()) : std::nullopt;

    const bool is_at_the_brink = care.wal_status == "unreserved";
    const SlotDanger danger = care.is_lost      ? SlotDanger::none
                              : is_at_the_brink ? SlotDanger::imminent
                                                : danger_of(left);
    if (danger == SlotDanger::none) {
        repeated_.forget(danger_message);
        return;
    }
    const auto suppressed = repeated_.admit(danger_message);
    if (!suppressed)
        return;
    const auto tell = danger == SlotDanger::imminent ? log::error : log::warning;
    tell(danger_message, {{"slot", settings_.slot},
                          {"wal_status", care.wal_status},
                          {"seconds_left", care.seconds_to_loss.value_or(0)},
                          {"safe_wal_bytes", care.safe_wal_bytes.value_or(0)},
                          {"retained_wal_bytes", care.retained_wal_bytes},
                          {"remedy", "let the sinks catch up, or raise max_slot_wal_keep_size"}});
}

void SlotWatch::send_heartbeat() {
    const auto now = Clock::now();
    if (!progress_().is_streaming || !heartbeat_.is_due(now, settings_.heartbeat_interval))
        return;
    if (connection().command("SELECT pg_catalog.pg_is_in_recovery()").text(0, 0) == "t")
        return;  // nothing can be written there
    // Outside any transaction; 17 and later can flush it at once, before them the server does when it does.
    const bool can_flush = connection().server_version_num() >= 170000;
    connection().command("SET default_transaction_read_only = off");
    const auto before = lsn_of(connection().command("SELECT pg_catalog.pg_current_wal_insert_lsn()"), 0);
    connection().command(std::string("SELECT pg_catalog.pg_logical_emit_message(false, 'glassflow', 'heartbeat'") +
                         (can_flush ? ", true)" : ")"));
    heartbeat_.sent(now, before);
}

void SlotWatch::look_at_heartbeat(SlotCare& care) {
    const auto state = heartbeat_.look(Clock::now(), progress_());
    care.heartbeat = name_of(state);
    care.heartbeat_round_trip_ms = heartbeat_.round_trip().count();
    care.is_stale = state == Heartbeat::State::stuck_server || state == Heartbeat::State::stuck_collector;
    if (!care.is_stale) {
        if (state == Heartbeat::State::returned)
            repeated_.forget(stale_message);
        return;
    }
    if (const auto suppressed = repeated_.admit(stale_message))
        log::warning(stale_message,
                     {{"stuck", state == Heartbeat::State::stuck_server ? "server" : "collector"},
                      {"means", state == Heartbeat::State::stuck_server
                                    ? "it is in the write-ahead log and has not come out of the slot: look at the "
                                      "walsender in pg_stat_replication"
                                    : "it was received and waits behind what the sinks have not taken"},
                      {"suppressed_lines", *suppressed}});
}

}  // namespace glassflow::delivery
