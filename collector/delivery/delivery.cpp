#include "delivery/delivery.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "delivery/spool_file.h"
#include "log/log.h"
#include "postgres/connection.h"

namespace glassflow::delivery {

using std::chrono::steady_clock;

namespace {
constexpr std::uint64_t frame_share = 4;                      // one part in four of the memory limit
constexpr std::chrono::milliseconds least_flush_time{1'000};  // for the last checkpoint, however slow the sinks were
constexpr std::chrono::milliseconds progress_look_interval{1'000};
constexpr std::chrono::milliseconds checkpoint_interval{200};  // at least, between two writes of a busy stream

std::int64_t unix_now_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t unix_now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// What may be held of transactions in progress, when they are asked for: a part of the memory limit as well.
std::uint64_t streamed_bytes(const postgres::SourceSettings& source, const DeliverySettings& settings) {
    return source.streaming ? settings.memory_limit_bytes / frame_share : 0;
}

int ms_until(steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}
}  // namespace

Delivery::Delivery(postgres::SourceSettings source, DeliverySettings settings, std::vector<Destination> destinations,
                   ResumeChoice choice, TableWatch watch)
    : source_(std::move(source)),
      settings_(std::move(settings)),
      started_unix_s_(unix_now_s()),
      budget_(settings_.memory_limit_bytes - settings_.memory_limit_bytes / frame_share -
              streamed_bytes(source_, settings_)),
      toast_reader_(source_) {
    const auto on_failure = [this](Failure failure) { fail(std::move(failure)); };
    const auto on_confirmed = [this] { checkpoints_->request(), control_.wake(); };
    checkpoint_store_ = std::make_unique<CheckpointStore>(settings_.state_directory, source_.slot);
    checkpoints_ = std::make_unique<CheckpointWriter>(
        ledger_, [this](const Checkpoint& checkpoint) { checkpoint_store_->write(checkpoint); },
        [this] { reader_->wake(); }, checkpoint_interval);
    watch_ = std::make_unique<SlotWatch>(
        source_, [this] { return progress(); },
        [this](const std::string& started, bool is_in_recovery) { reader_->see_server(started, is_in_recovery); });
    queue_ = std::make_unique<FrameQueue>(settings_.memory_limit_bytes / frame_share, [this] { reader_->wake(); });
    reader_ = std::make_unique<ReplicationReader>(
        source_, choice, *queue_, ledger_, *checkpoint_store_, *checkpoints_,
        [this](const std::string& stream) { start_sinks(stream); }, on_failure);

    std::vector<Outlet> outlets;
    for (Destination& destination : destinations) {
        Outfall outfall;
        outfall.dead_letters = std::make_unique<DeadLetterStore>(settings_.state_directory, destination.sink->name(),
                                                                 settings_.dead_letter_limit);
        outfall.port =
            std::make_unique<SinkPort>(*destination.sink, ledger_, *outfall.dead_letters, on_confirmed, on_failure);
        outlets.push_back({destination.sink.get(), destination.format.get(), outfall.port.get(), destination.toast});
        outfall.destination = std::move(destination);
        outfalls_.push_back(std::move(outfall));
    }
    RelationWatch relation_watch;
    if (watch)
        relation_watch = [this, watch = std::move(watch)](const event::Relation& relation) {
            watch(relation, [this](std::chrono::milliseconds time) { return budget_.stays_open(time); });
        };
    pipeline_ = std::make_unique<Pipeline>(
        *queue_, ledger_, blocks_, std::move(outlets), on_confirmed, on_failure, std::move(relation_watch),
        [this](const postgres::RowRequest& request) { return toast_reader_.read(request); });
    const auto catalog = [this](std::string_view schema, std::string_view table) {
        std::vector<decode::CatalogColumn> columns;
        for (postgres::TableColumn& column : toast_reader_.columns(std::string(schema), std::string(table)))
            columns.push_back({.name = std::move(column.name),
                               .type = std::move(column.type),
                               .type_oid = column.type_oid,
                               .is_not_null = column.is_not_null});
        return columns;
    };
    pipeline_->set_other_plugins({.catalog = catalog,
                                  .tables = source_.tables,
                                  .exclude_tables = source_.exclude_tables,
                                  .streamed = {.memory_bytes = streamed_bytes(source_, settings_),
                                               .disk_bytes = source_.streaming_disk_limit_bytes,
                                               .make_spool = spool_files_in(settings_.state_directory)},
                                  .refuse_streaming = [this] { reader_->refuse_streaming(); }});
}

Delivery::~Delivery() {
    if (pipeline_thread_.joinable())
        stop();
}

std::optional<Failure> Delivery::run(int stop_fd, std::optional<event::Lsn> drain_target) {
    start();
    wait(stop_fd, drain_target);
    return stop();
}

void Delivery::start() {
    pipeline_thread_ = std::thread([this] {
        pipeline_->run();
        pipeline_done_.wake();
    });
    reader_->start();
}

// Called when the slot is ours, and not before: a file may be locked, and a pipe read, by who has the slot.
void Delivery::start_sinks(const std::string& stream) {
    std::lock_guard lock(sinks_mutex_);
    for (Outfall& outfall : outfalls_) {
        if (outfall.is_started || is_stopping_)
            continue;
        outfall.destination.sink->start(*outfall.port, stream);
        outfall.is_started = true;
    }
    if (!is_stopping_)
        watch_->start();
}

StreamProgress Delivery::progress() const {
    const auto& received = reader_->counters();
    return {received.is_streaming.load(), received.is_full.load(), event::Lsn{received.received_lsn.load()},
            event::Lsn{pipeline_->counters().own_message_lsn.load()}, ledger_.confirmed()};
}

void Delivery::wait(int stop_fd, std::optional<event::Lsn> drain_target) {
    if (drain_target)
        reader_->hurry();
    while (true) {
        control_.reset();
        if (failure() || (drain_target && ledger_.confirmed() >= *drain_target))
            return;
        std::array<pollfd, 2> polled{pollfd{control_.fd(), POLLIN, 0}, pollfd{stop_fd, POLLIN, 0}};
        poll(polled.data(), polled.size(), static_cast<int>(progress_look_interval.count()));
        tell_progress(drain_target);
        if (polled[1].revents != 0) {
            log::info("stopping: delivering what is in hand");
            return;
        }
    }
}

// A look costs little, but this is asked at every confirmation.
void Delivery::tell_progress(std::optional<event::Lsn> drain_target) {
    const auto now = steady_clock::now();
    if (now < progress_due_)
        return;
    progress_due_ = now + progress_look_interval;
    Progress::Look look;
    look.changes = pipeline_->counters().changes.load();
    look.confirmed = ledger_.confirmed();
    look.server = drain_target ? *drain_target : event::Lsn{server_lsn()};
    look.lag_us = lag_us();
    const auto report = progress_.look(now, look);
    if (!report)
        return;
    if (report->is_caught_up) {
        log::info("caught up", {{"took_s", report->took.count()}, {"lag_bytes", report->lag_bytes}});
        return;
    }
    log::info("behind", {{"changes_per_s", report->changes_per_second},
                         {"lag_bytes", report->lag_bytes},
                         {"lag_s", report->lag_seconds},
                         {"time_left_s", report->time_left ? std::to_string(report->time_left->count()) : "unknown"}});
}

// As far as it is known: keepalives tell it when there is nothing else to send, the slot's watcher now and then.
std::uint64_t Delivery::server_lsn() const {
    return std::max(reader_->counters().server_lsn.load(), watch_->status().server_wal_lsn);
}

std::int64_t Delivery::lag_us() const {
    const std::int64_t oldest_us = ledger_.oldest_commit_time_us();
    return oldest_us == 0 ? 0 : std::max<std::int64_t>(unix_now_us() - oldest_us, 0);
}

// In the order of the data's way, each step within what is left of the time: no more is received, what was received is
// decoded and handed over, the sinks finish, and only then is the confirmed LSN reported a last time.
std::optional<Failure> Delivery::stop() {
    const auto deadline = steady_clock::now() + settings_.shutdown_timeout;
    reader_->stop_reading();
    {
        std::lock_guard lock(sinks_mutex_);
        is_stopping_ = true;
    }
    if (failure())
        give_up();
    queue_->close();
    if (pipeline_thread_.joinable()) {
        pollfd done{pipeline_done_.fd(), POLLIN, 0};
        if (poll(&done, 1, ms_until(deadline)) == 0)
            give_up();  // a sink hangs, or the table of an unchanged value: the decoding thread gives up where it is
        pipeline_thread_.join();
    }

    std::string unfinished;
    for (Outfall& outfall : outfalls_) {
        if (outfall.is_started && !outfall.destination.sink->finish(deadline))
            unfinished += (unfinished.empty() ? "\"" : ", \"") + outfall.destination.sink->name() + "\"";
    }
    const bool is_remembered = checkpoints_->flush(std::max(deadline, steady_clock::now() + least_flush_time));
    reader_->finish();
    watch_->stop();
    log::info("stopped", {{"confirmed_lsn", to_string(event::Lsn{reader_->counters().confirmed_lsn.load()})},
                          {"undelivered_events", ledger_.outstanding()}});
    if (auto failed = failure())
        return failed;
    if (!unfinished.empty() || !pipeline_->is_complete())
        return Failure{Failure::Kind::running,
                       "not everything in hand was delivered in time" +
                           (unfinished.empty() ? std::string() : " by sink " + unfinished),
                       "Nothing is lost: what was not delivered is not confirmed, and comes again after a restart; "
                       "shutdown_timeout gives it more time."};
    if (!is_remembered)
        return Failure{Failure::Kind::running,
                       "what was delivered last could not be confirmed: " + checkpoints_->last_error(),
                       "Make room and give this user write access to state_directory. What was not confirmed comes "
                       "again after a restart."};
    return std::nullopt;
}

// Whatever the decoding thread waits for ends, and so does it.
void Delivery::give_up() {
    budget_.close();
    toast_reader_.close();
    queue_->discard();
}

void Delivery::fail(Failure failure) {
    if (failure.kind == Failure::Kind::begin_again)
        log::warning("delivery begins again", {{"reason", failure.what}});
    else
        log::error("delivery failed", {{"reason", failure.what}});
    {
        std::lock_guard lock(mutex_);
        if (!failure_)
            failure_ = std::move(failure);
    }
    control_.wake();
}

std::optional<Failure> Delivery::failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
}

Status Delivery::status() const {
    const auto& received = reader_->counters();
    Status status;
    status.is_streaming = received.is_streaming.load();
    const auto standby_reason = reader_->standby_reason();
    status.is_standby = standby_reason.has_value();
    status.standby_reason = standby_reason.value_or("");
    status.slot_care = watch_->status();
    status.checkpoint.path = checkpoint_store_->path();
    status.checkpoint.lsn = checkpoints_->durable().value;
    status.checkpoint.time = checkpoints_->last_written_time();
    status.checkpoint.gaps = checkpoints_->gap_count();
    status.checkpoint.failures = checkpoints_->failures();
    status.checkpoint.last_error = checkpoints_->last_error();
    status.slot = source_.slot;
    status.source = postgres::describe(source_);
    status.plugin_version = pipeline_->plugin_version();
    status.server_version_num = pipeline_->counters().server_version_num.load();
    status.received_frames = received.received_frames.load();
    status.received_bytes = received.received_bytes.load();
    status.received_changes = pipeline_->counters().changes.load();
    status.received_transactions = pipeline_->counters().transactions.load();
    status.reconnects = received.reconnects.load();
    status.queue_bytes = queue_->size_bytes() + budget_.used();
    status.memory_limit_bytes = settings_.memory_limit_bytes;
    status.confirmed_lsn = received.confirmed_lsn.load();
    status.server_lsn = std::max(server_lsn(), status.confirmed_lsn);
    status.lag_bytes = status.server_lsn - status.confirmed_lsn;
    status.lag_us = lag_us();
    status.started_unix_s = started_unix_s_;
    if (const auto failed = failure())
        status.last_error = failed->what;
    for (const Outfall& outfall : outfalls_)
        status.sinks.push_back(outfall.port->status());
    return status;
}

event::Lsn drain_target_now(const postgres::SourceSettings& source) {
    auto connection = postgres::Connection::open(source, postgres::Connection::Kind::sql);
    std::string position;
    if (connection.query("SELECT pg_catalog.pg_is_in_recovery()").text(0, 0) == "t") {
        position = connection.query("SELECT pg_catalog.pg_last_wal_replay_lsn()").text(0, 0);
    } else {
        // Committing durably also makes durable what was committed asynchronously before, which the walsender could not
        // have read yet; and the message is a record that the stream certainly gets past.
        connection.query("SET default_transaction_read_only = off");
        connection.query("SET synchronous_commit = local");
        position =
            connection.query("SELECT pg_catalog.pg_logical_emit_message(true, $1, 'drain')", {reserved_message_prefix})
                .text(0, 0);
    }
    const auto target = event::parse_lsn(position);
    if (!target)
        throw postgres::PostgresError("the server sent \"" + position + "\" where an LSN was expected", "", "", false);
    return *target;
}

}  // namespace glassflow::delivery
