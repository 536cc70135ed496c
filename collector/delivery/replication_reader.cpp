#include "delivery/replication_reader.h"

#include <poll.h>

#include <algorithm>
#include <random>
#include <utility>

#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"
#include "postgres/replication_slot.h"
#include "sink/sink.h"

namespace glassflow::delivery {

using namespace std::chrono_literals;
using postgres::PostgresError;

namespace {
constexpr auto least_status_interval = 20ms;  // however often the durable position moves
constexpr auto hurried_interval = 50ms;
constexpr auto farewell_timeout = 2s;
constexpr auto standby_interval = 500ms;  // between two looks at a slot that another one has
constexpr auto takeover_memory = 60s;     // after that, who moved the slot is anybody's guess
constexpr int messages_per_turn = 64;     // between two looks at the clock
constexpr const char* object_in_use = "55006";

double random_fraction() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}

// The slot, or something that goes with it, is another process' for now.
struct InUse {
    std::string by;
};

// What is in memory does not fit the source any more.
struct BeginAgain {
    std::string reason;
};

}  // namespace

ReplicationReader::ReplicationReader(const postgres::SourceSettings& settings, ResumeChoice choice, FrameQueue& queue,
                                     AcknowledgedLsn& ledger, CheckpointStore& store, CheckpointWriter& checkpoints,
                                     std::function<void(const std::string& stream)> on_acquired,
                                     FailureHandler on_failure)
    : settings_(settings),
      choice_(choice),
      queue_(queue),
      ledger_(ledger),
      store_(store),
      checkpoints_(checkpoints),
      on_acquired_(std::move(on_acquired)),
      on_failure_(std::move(on_failure)),
      streams_in_progress_(settings.streaming),
      reconnect_(settings.reconnect_initial, settings.reconnect_max) {}

void ReplicationReader::start() {
    thread_ = std::thread(&ReplicationReader::run, this);
}

void ReplicationReader::finish() {
    is_finishing_.store(true);
    wake();
    if (thread_.joinable())
        thread_.join();
}

void ReplicationReader::see_server(const std::string& started, bool is_in_recovery) {
    {
        std::lock_guard lock(mutex_);
        if (is_in_recovery || started != recovery_started_)
            return;
    }
    is_promoted_.store(true);
    wake();
}

std::optional<std::string> ReplicationReader::standby_reason() const {
    std::lock_guard lock(mutex_);
    return standby_reason_;
}

void ReplicationReader::run() {
    while (!is_finishing_.load()) {
        try {
            stream_once();
            if (is_finishing_.load() || !is_reading_.load())
                return;
        } catch (const InUse& in_use) {
            stand_by(in_use.by);
            if (!wait(standby_interval))
                return;
        } catch (const BeginAgain& begin_again) {
            on_failure_({Failure::Kind::begin_again, begin_again.reason, ""});
            return;
        } catch (const PostgresError& error) {
            // Who was let in before is let in again: a full server, a password that is being changed, pg_hba.conf in
            // the middle of an edit. Waiting loses nothing, and the log says why at each try.
            const bool may_pass = (position_ || standby_reason()) && error.sqlstate() == postgres::connection_refused;
            if (!error.is_retryable() && !may_pass) {
                on_failure_({position_ ? Failure::Kind::running : Failure::Kind::preflight, error.what(),
                             postgres::remedy_for(error, settings_)});
                return;
            }
            if (reconnect_.attempts() == 0)
                disconnected_at_ = Clock::now();
            const auto delay = reconnect_.next_delay(random_fraction());
            log::warning("not connected to the source, trying again",
                         {{"reason", error.what()}, {"delay_ms", delay.count()}, {"attempt", reconnect_.attempts()}});
            if (!wait(delay))
                return;
        } catch (const sink::SinkError& error) {
            on_failure_({Failure::Kind::preflight, error.what(), error.hint()});
            return;
        } catch (const CheckpointFileError& error) {
            on_failure_({Failure::Kind::preflight, error.what(),
                         "Make room and give this user write access there, or set state_directory to another place."});
            return;
        } catch (const std::exception& error) {
            on_failure_({Failure::Kind::running, std::string("could not read from the source: ") + error.what(), ""});
            return;
        }
    }
}

// One connection, from opening to its end, which is an error unless we are finishing.
void ReplicationReader::stream_once() {
    if (standby_reason())
        wait_until_free();
    if (!is_reading_.load())
        return;
    if (!store_.lock())
        throw InUse{"another collector with the same state_directory"};
    auto stream = postgres::ReplicationStream::connect(settings_);
    if (!acquire(stream))
        return;
    end_standby();
    if (reconnect_.attempts() > 0) {
        const auto down_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - disconnected_at_);
        log::info("streaming again", {{"slot", settings_.slot}, {"down_ms", down_ms.count()}});
        counters_.reconnects.fetch_add(1);
    }
    reconnect_.succeeded();
    is_reconnect_due_.store(false);
    is_promoted_.store(false);
    {
        std::lock_guard lock(mutex_);
        recovery_started_ = stream.server().is_in_recovery ? stream.server().started : "";
    }
    queue_.push(SessionStart{plugin_});
    counters_.is_streaming.store(true);
    try {
        converse(stream);
    } catch (...) {
        counters_.is_streaming.store(false);
        throw;
    }
    counters_.is_streaming.store(false);
    if (!is_finishing_.load())
        throw PostgresError("the server ended the stream (it is shutting down)", "57P01", "", true);
}

// Gets the slot, by the rules of resume_decision. False when it was refused, and reported.
bool ReplicationReader::acquire(postgres::ReplicationStream& stream) {
    auto slot = postgres::find_slot(stream.connection(), settings_.slot);
    const bool is_other_here = !is_free(slot);
    // Another collector has delivered past us: what we have in memory is worth nothing, and the sooner it is gone the
    // better for the order in the sinks.
    if (position_ && is_other_here && slot->confirmed_flush_lsn > ledger_.confirmed())
        throw BeginAgain{"another collector has the slot, and has delivered further than this one"};
    if (is_other_here)
        throw InUse{"process " + slot->active_pid + " of the server (" + slot->active_application + ")"};

    const ResumeFacts facts = facts_of(stream, std::move(slot));
    const ResumeDecision decision = decide_resume(facts);
    const bool is_same_server = !position_ || (position_->system_identifier == facts.server.system_identifier &&
                                               position_->timeline == facts.server.timeline);
    if (position_ && (decision.action != ResumeDecision::Action::go_on || decision.forgets_checkpoint ||
                      decision.has_gap || !decision.what.empty() || !is_same_server))
        throw BeginAgain{decision.what.empty() ? "the server is on another timeline now" : decision.what};
    if (decision.action == ResumeDecision::Action::refuse) {
        on_failure_({Failure::Kind::preflight, decision.what, decision.hint});
        return false;
    }
    const event::Lsn stands = carry_out(decision, stream, facts);
    const Checkpoint checkpoint = checkpoint_of(decision, facts, stands);
    // A slot made anew stands beyond the old checkpoint, and a promoted standby's positions are of another timeline;
    // without this, a crash of ours, or a restart of that server, would now end in a refusal.
    const bool is_on_other_timeline = facts.checkpoint && facts.checkpoint->timeline != facts.server.timeline;
    if (decision.action != ResumeDecision::Action::go_on || is_on_other_timeline)
        store_.write(checkpoint);
    try {
        plugin_ = decision.plugin;
        stream.start(settings_,
                     {.plugin = plugin_,
                      .server_version_num = stream.connection().server_version_num(),
                      .streams_in_progress = streams_in_progress_.load()},
                     decision.start);
    } catch (const PostgresError& error) {
        if (error.sqlstate() == object_in_use)
            throw InUse{error.what()};
        throw;
    }
    if (!position_) {
        try {
            on_acquired_(facts.server.system_identifier + "/" + std::to_string(facts.server.timeline));
        } catch (const sink::SinkBusyError& error) {
            // Whoever had the slot before is still about to go; only then is it worth waiting.
            if (!other_active_at_ && !standby_reason())
                throw;
            throw InUse{error.what()};
        }
    }
    begin(checkpoint, stands);
    return true;
}

bool ReplicationReader::is_free(const std::optional<postgres::ReplicationSlot>& slot) {
    if (!slot || !slot->is_active)
        return true;
    if (slot->active_application == postgres::application_name)
        other_active_at_ = Clock::now();
    return false;
}

bool ReplicationReader::has_taken_over() const {
    return other_active_at_ && Clock::now() - *other_active_at_ < takeover_memory;
}

// Before the slot was acquired the file is what is remembered; from then on memory is.
ResumeFacts ReplicationReader::facts_of(postgres::ReplicationStream& stream,
                                        std::optional<postgres::ReplicationSlot> slot) {
    ResumeFacts facts;
    if (position_) {
        facts.checkpoint = position_;
        facts.checkpoint->confirmed = ledger_.confirmed();
    } else {
        LoadedCheckpoint loaded = store_.load();
        facts.checkpoint = std::move(loaded.checkpoint);
        facts.unreadable = std::move(loaded.unreadable);
        facts.choice = choice_;
        facts.has_taken_over = has_taken_over();
    }
    facts.checkpoint_path = store_.path();
    facts.server = stream.server();
    facts.slot = std::move(slot);
    facts.source = &settings_;
    if (facts.checkpoint && facts.checkpoint->timeline != facts.server.timeline)
        facts.fork = postgres::fork_from(stream.connection(), facts.server.timeline, facts.checkpoint->timeline);
    return facts;
}

// Returns where the slot stands then.
event::Lsn ReplicationReader::carry_out(const ResumeDecision& decision, postgres::ReplicationStream& stream,
                                        const ResumeFacts& facts) {
    if (!position_ && choice_ != ResumeChoice::none && !decision.is_choice_used)
        log::warning("--resume was not needed: there was nothing to accept; leave it out of the next run");
    if (!decision.what.empty()) {
        const auto tell = decision.is_choice_used || decision.has_gap ? log::warning : log::info;
        tell(decision.what, {{"slot", settings_.slot}});
    }
    if (decision.forgets_checkpoint)
        store_.set_aside();
    if (decision.action == ResumeDecision::Action::go_on)
        return facts.slot->confirmed_flush_lsn;
    return make_slot(decision, stream.connection(), facts);
}

event::Lsn ReplicationReader::make_slot(const ResumeDecision& decision, postgres::Connection& connection,
                                        const ResumeFacts& facts) {
    event::Lsn start;
    try {
        if (decision.action == ResumeDecision::Action::replace_slot)
            postgres::drop_slot(connection, settings_.slot);
        if (facts.server.is_in_recovery)
            log::info(
                "slot is made on a standby: that waits until the primary writes which transactions run, by itself "
                "within "
                "some 15 seconds when it is busy; to hurry it, run SELECT pg_log_standby_snapshot(); on the primary",
                {{"slot", settings_.slot}});
        start = postgres::create_slot(connection, settings_.slot, decision.plugin);
    } catch (const PostgresError& error) {
        throw PostgresError("could not make slot \"" + settings_.slot + "\": " + error.what(), error.sqlstate(),
                            error.hint(), error.is_retryable());
    }
    log::info("slot \"" + settings_.slot + "\" was made and starts at " + to_string(start) +
              ": changes before it are not delivered");
    return start;
}

// What is remembered from now on.
Checkpoint ReplicationReader::checkpoint_of(const ResumeDecision& decision, const ResumeFacts& facts,
                                            event::Lsn stands) const {
    Checkpoint checkpoint;
    if (facts.checkpoint && !decision.forgets_checkpoint)
        checkpoint.gaps = facts.checkpoint->gaps;
    checkpoint.system_identifier = facts.server.system_identifier;
    checkpoint.timeline = facts.server.timeline;
    checkpoint.server_started = facts.server.started;
    checkpoint.database = settings_.database;
    checkpoint.slot = settings_.slot;
    checkpoint.plugin = decision.plugin;
    checkpoint.time = time_text(std::chrono::system_clock::now());
    // At first either the slot stands there or the file says so; then what was written last.
    checkpoint.confirmed = position_ ? checkpoints_.durable() : std::max(stands, decision.start);
    if (decision.has_gap) {
        const Gap gap{facts.checkpoint->confirmed, stands, checkpoint.time, decision.what};
        log::error("gap: changes between these positions are not delivered",
                   {{"slot", settings_.slot}, {"from", to_string(gap.from)}, {"to", to_string(gap.to)}});
        checkpoint.gaps.push_back(gap);
        if (checkpoint.gaps.size() > Checkpoint::max_gaps)
            checkpoint.gaps.erase(checkpoint.gaps.begin());
    }
    return checkpoint;
}

void ReplicationReader::begin(Checkpoint checkpoint, event::Lsn stands) {
    if (!position_) {
        ledger_.advance(checkpoint.confirmed);
        reported_ = stands;
        counters_.confirmed_lsn.store(checkpoint.confirmed.value);
    }
    position_ = checkpoint;
    checkpoints_.begin(std::move(checkpoint));
}

void ReplicationReader::stand_by(const std::string& reason) {
    constexpr auto message = "standing by: the slot is in use";
    if (const auto suppressed = standby_log_.admit(message))
        log::info(message, {{"slot", settings_.slot}, {"by", reason}});
    std::lock_guard lock(mutex_);
    standby_reason_ = reason;
}

void ReplicationReader::end_standby() {
    {
        std::lock_guard lock(mutex_);
        if (!standby_reason_)
            return;
        standby_reason_.reset();
    }
    standby_log_.forget("standing by: the slot is in use");
    log::info("slot is ours now", {{"slot", settings_.slot}});
}

// Looks at the slot over a plain connection, which leaves no refusals in the server's log, until nobody has it.
void ReplicationReader::wait_until_free() {
    auto connection = postgres::Connection::open(settings_, postgres::Connection::Kind::sql);
    do {
        const auto slot = postgres::find_slot(connection, settings_.slot);
        if (is_free(slot))
            return;
        if (position_ && slot->confirmed_flush_lsn > ledger_.confirmed())
            return;  // acquire() knows what that means
        stand_by("process " + slot->active_pid + " of the server (" + slot->active_application + ")");
    } while (wait(standby_interval));
}

void ReplicationReader::converse(postgres::ReplicationStream& stream) {
    has_ended_ = false;
    is_reply_due_ = true;  // says hello, and where we are
    while (!has_ended_) {
        wakeup_.reset();
        if (is_reconnect_due_.exchange(false) && is_reading_.load())
            throw PostgresError("transactions in progress are not asked for any more", "", "", true);
        if (is_promoted_.exchange(false) && is_reading_.load())
            throw PostgresError("the standby was promoted", "", "", true);
        const bool wants_input = is_reading_.load() && receive(stream);
        counters_.is_full.store(!wants_input && is_reading_.load());
        if (has_ended_)
            return;
        if (is_finishing_.load()) {
            report(stream);
            stream.finish(farewell_timeout);
            return;
        }
        if (is_status_due(Clock::now()))
            report(stream);
        const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(time_to_status(Clock::now()));
        stream.wait(std::max(timeout, 0ms), wakeup_.fd(), wants_input);
    }
}

// Takes what has arrived into the queue, until there is nothing more (true: wait for input) or the queue is full
// (false). It must not stop before: what libpq has in its buffer already makes no socket readable.
bool ReplicationReader::receive(postgres::ReplicationStream& stream) {
    for (int count = 0; queue_.has_room() && is_reading_.load(); ++count) {
        if (count % messages_per_turn == messages_per_turn - 1 && is_status_due(Clock::now()))
            report(stream);
        auto message = stream.next();
        if (std::holds_alternative<postgres::Nothing>(message))
            return true;
        if (std::holds_alternative<postgres::EndOfStream>(message)) {
            has_ended_ = true;
            return false;
        }
        if (auto* keepalive = std::get_if<postgres::Keepalive>(&message)) {
            counters_.server_lsn.store(std::max(counters_.server_lsn.load(), keepalive->wal_end.value));
            counters_.received_lsn.store(std::max(counters_.received_lsn.load(), keepalive->wal_end.value));
            is_reply_due_ |= keepalive->is_reply_requested;
            queue_.push(WalEnd{keepalive->wal_end});
        } else {
            auto& frame = std::get<postgres::Frame>(message);
            counters_.received_lsn.store(std::max(counters_.received_lsn.load(), frame.wal_end().value));
            counters_.received_frames.fetch_add(1, std::memory_order_relaxed);
            counters_.received_bytes.fetch_add(frame.bytes().size(), std::memory_order_relaxed);
            queue_.push(std::move(frame));
        }
    }
    return false;
}

ReplicationReader::Clock::duration ReplicationReader::time_to_status(Clock::time_point now) const {
    if (is_reply_due_)
        return Clock::duration::zero();
    Clock::duration interval = settings_.status_interval;
    if (checkpoints_.durable() > reported_)
        interval = std::min<Clock::duration>(interval, least_status_interval);
    if (is_hurried_.load())
        interval = std::min<Clock::duration>(interval, hurried_interval);
    return std::max(reported_at_ + interval - now, Clock::duration::zero());
}

bool ReplicationReader::is_status_due(Clock::time_point now) const {
    return time_to_status(now) == Clock::duration::zero();
}

void ReplicationReader::report(postgres::ReplicationStream& stream) {
    // Never more than the checkpoint has: it must not be the server alone that knows.
    const event::Lsn confirmed = checkpoints_.durable();
    stream.send_status(confirmed, is_hurried_.load());
    reported_ = confirmed;
    reported_at_ = Clock::now();
    is_reply_due_ = false;
    counters_.confirmed_lsn.store(confirmed.value);
}

// False when there is nothing left to connect for.
bool ReplicationReader::wait(std::chrono::milliseconds delay) {
    const auto until = Clock::now() + delay;
    while (is_reading_.load() && !is_finishing_.load()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        if (left <= 0ms)
            return true;
        pollfd polled{wakeup_.fd(), POLLIN, 0};
        poll(&polled, 1, static_cast<int>(left.count()));
        wakeup_.reset();
    }
    return false;
}

}  // namespace glassflow::delivery
