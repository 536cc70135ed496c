// The thread around a LineFile: take, append, sync, report; on a failure wait and go on where the disk is.
#include "sink/file/sink.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <span>
#include <utility>

#include "log/log.h"
#include "sink/worker_thread.h"

namespace glassflow::sink {

namespace {

// A sync costs the same however much it syncs. While a lot comes in (busy_bytes in one batch), the next batch waits
// until it is worth one; a lone row never waits.
constexpr std::size_t busy_bytes = 256 << 10;
constexpr std::size_t sync_bytes = 2 << 20;
constexpr std::chrono::milliseconds busy_wait{5};
// Few that are pushed at once are put together with what came before, so that they are reported at once, too.
constexpr std::size_t joined_payloads = 1024;

}  // namespace

FileSink::FileSink(FileSettings settings, std::unique_ptr<FileCalls> calls, FileBackoff backoff)
    : settings_(std::move(settings)),
      calls_(std::move(calls)),
      file_(settings_.path, *calls_, [this] { return is_past_deadline(); }),
      retry_policy_(backoff.initial, backoff.maximum) {}

FileSink::~FileSink() {
    finish(TimePoint::min());
}

void FileSink::check() {
    file_.check();
}

void FileSink::start(DeliveryListener& listener, const std::string&) {
    try {
        file_.open();
    } catch (const FileError& error) {
        // May pass by itself: the thread tries again as soon as there is something to write.
        log::warning("file cannot be opened yet", {{"sink", settings_.name}, {"error", error.what()}});
    }
    thread_ = start_worker_thread("sink-" + settings_.name, [this, &listener] { run(listener); });
}

void FileSink::push(std::vector<Payload>&& payloads) {
    if (payloads.empty()) {
        return;
    }
    std::size_t bytes = 0;
    for (const Payload& payload : payloads) {
        bytes += payload.body.size();
    }
    bool is_worth_waking = false;
    {
        std::lock_guard lock(mutex_);
        is_worth_waking = inbox_.empty() || inbox_bytes_ + bytes >= sync_bytes;
        inbox_bytes_ += bytes;
        if (!inbox_.empty() && inbox_.back().size() + payloads.size() <= joined_payloads) {
            std::ranges::move(payloads, std::back_inserter(inbox_.back()));
        } else {
            inbox_.push_back(std::move(payloads));
        }
    }
    if (is_worth_waking) {
        changed_.notify_one();
    }
}

bool FileSink::finish(TimePoint deadline) {
    {
        std::lock_guard lock(mutex_);
        is_finishing_ = true;
        deadline_ = deadline;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
    std::lock_guard lock(mutex_);
    return left_ == 0 && inbox_.empty();
}

void FileSink::run(DeliveryListener& listener) {
    try {
        while (take_queued() && deliver(listener)) {
        }
    } catch (const std::exception& error) {
        listener.halted(error.what());
    }
    std::lock_guard lock(mutex_);
    for (const auto& payloads : batch_) {
        left_ += payloads.size();
    }
    left_ -= reported_;
}

// Waits for payloads unless some are left to be tried again. False when the thread is to end.
bool FileSink::take_queued() {
    std::unique_lock lock(mutex_);
    if (batch_.empty()) {
        changed_.wait(lock, [this] { return !inbox_.empty() || is_finishing_; });
        if (is_busy_) {
            changed_.wait_for(lock, busy_wait, [this] { return inbox_bytes_ >= sync_bytes || is_finishing_; });
        }
        batch_.swap(inbox_);
        is_busy_ = std::exchange(inbox_bytes_, 0) >= busy_bytes;
    }
    return !batch_.empty() && !(is_finishing_ && std::chrono::steady_clock::now() >= deadline_);
}

// One try at all of batch_. False when nothing will ever be delivered any more.
bool FileSink::deliver(DeliveryListener& listener) {
    try {
        file_.open();
        std::size_t count = 0;
        std::optional<FileError> error;
        for (auto payloads = batch_.begin(); payloads != batch_.end() && !error; ++payloads) {
            count += file_.append(std::span(*payloads).subspan(payloads == batch_.begin() ? reported_ : 0));
            error = file_.error();
        }
        if (count > 0) {
            file_.sync();
            report(listener, count);
        }
        if (!error) {
            return true;
        }
        if (error->is_final()) {
            listener.halted(error->what());
            return false;
        }
        back_off(listener, error->what());
    } catch (const FileError& error) {
        back_off(listener, error.what());
    } catch (const SinkError& error) {
        back_off(listener, error.what());
    }
    return true;
}

void FileSink::report(DeliveryListener& listener, std::size_t count) {
    retry_policy_.succeeded();
    while (count > 0) {
        const std::vector<Payload>& first = batch_.front();
        const std::size_t some = std::min(count, first.size() - reported_);
        listener.delivered(std::span(first).subspan(reported_, some));
        reported_ += some;
        count -= some;
        if (reported_ == first.size()) {
            batch_.pop_front();
            reported_ = 0;
        }
    }
}

void FileSink::back_off(DeliveryListener& listener, const std::string& reason) {
    if (is_past_deadline()) {
        return;
    }
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    auto delay = retry_policy_.next_delay(uniform(generator_));
    listener.retrying(reason, delay);
    auto due = std::chrono::steady_clock::now() + delay;
    std::unique_lock lock(mutex_);
    while (std::chrono::steady_clock::now() < std::min(due, deadline_)) {
        changed_.wait_until(lock, std::min(due, deadline_));
    }
}

bool FileSink::is_past_deadline() {
    std::lock_guard lock(mutex_);
    return is_finishing_ && std::chrono::steady_clock::now() >= deadline_;
}

}  // namespace glassflow::sink
