#include "delivery/checkpoint_writer.h"

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>

#include "log/log.h"

namespace glassflow::delivery {

using namespace std::chrono_literals;

namespace {
constexpr auto failure_message = "checkpoint could not be written: nothing is confirmed to the server meanwhile";
}

CheckpointWriter::CheckpointWriter(const AcknowledgedLsn& ledger, std::function<void(const Checkpoint&)> write,
                                   std::function<void()> on_durable, std::chrono::milliseconds interval)
    : ledger_(ledger),
      write_(std::move(write)),
      on_durable_(std::move(on_durable)),
      interval_(interval),
      retry_(200ms, 5'000ms) {}

CheckpointWriter::~CheckpointWriter() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void CheckpointWriter::begin(Checkpoint checkpoint) {
    {
        std::lock_guard lock(mutex_);
        durable_.store(std::max(durable_.load(), checkpoint.confirmed.value));
        checkpoint_ = std::move(checkpoint);
        is_new_ = true;
    }
    if (!thread_.joinable())
        thread_ = std::thread(&CheckpointWriter::run, this);
    changed_.notify_all();
}

void CheckpointWriter::request() {
    // Under the mutex, or a wake-up between the thread's look and its sleep would be lost.
    std::lock_guard lock(mutex_);
    changed_.notify_all();
}

bool CheckpointWriter::flush(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!checkpoint_)
        return true;  // never streamed: nothing is to be remembered
    is_hurried_ = true;
    changed_.notify_all();
    const bool is_done = changed_.wait_until(lock, deadline, [this] { return !is_behind(); });
    is_hurried_ = false;
    return is_done;
}

std::string CheckpointWriter::last_error() const {
    std::lock_guard lock(mutex_);
    return last_error_;
}

std::string CheckpointWriter::last_written_time() const {
    std::lock_guard lock(mutex_);
    return written_time_;
}

std::size_t CheckpointWriter::gap_count() const {
    std::lock_guard lock(mutex_);
    return checkpoint_ ? checkpoint_->gaps.size() : 0;
}

bool CheckpointWriter::is_behind() const {
    return checkpoint_ && (is_new_ || ledger_.confirmed() > durable());
}

void CheckpointWriter::run() {
    Clock::time_point due{};
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        if (!is_behind()) {
            changed_.wait(lock);
            continue;
        }
        if (Clock::now() < due && !is_hurried_) {
            changed_.wait_until(lock, due);
            continue;
        }
        Checkpoint next = *checkpoint_;
        next.confirmed = std::max(ledger_.confirmed(), next.confirmed);
        next.time = time_text(std::chrono::system_clock::now());
        is_new_ = false;
        lock.unlock();
        const bool is_written = write(next);
        lock.lock();
        if (is_written) {
            due = Clock::now() + interval_;
            last_error_.clear();
            written_time_ = next.time;
            const bool has_moved = next.confirmed > durable();
            durable_.store(std::max(durable_.load(), next.confirmed.value));
            changed_.notify_all();
            if (has_moved) {
                lock.unlock();
                on_durable_();
                lock.lock();
            }
        } else {
            is_new_ = true;
            // Hurried or not, a disk that refuses is not asked without pause.
            changed_.wait_for(lock, retry_.next_delay(0.5), [this] { return is_stopping_; });
        }
    }
}

bool CheckpointWriter::write(const Checkpoint& checkpoint) {
    try {
        write_(checkpoint);
    } catch (const std::exception& error) {
        failures_.fetch_add(1);
        if (const auto suppressed = repeated_.admit(failure_message))
            log::error(failure_message, {{"reason", error.what()}, {"suppressed_lines", *suppressed}});
        std::lock_guard lock(mutex_);
        last_error_ = error.what();
        return false;
    }
    if (retry_.attempts() > 0) {
        log::info("checkpoint is written again", {{"failures", retry_.attempts()}});
        repeated_.forget(failure_message);
    }
    retry_.succeeded();
    return true;
}

std::string time_text(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return std::string(text, size) + "." + std::to_string(1000 + milliseconds).substr(1) + "Z";
}

}  // namespace glassflow::delivery
