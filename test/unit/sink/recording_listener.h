// What a sink reported, for tests to wait for and look at.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sink/make_payload.h"
#include "sink/patience.h"
#include "sink/sink.h"

namespace glassflow::sink {

class RecordingListener final : public DeliveryListener {
public:
    void delivered(std::span<const Payload> payloads) override {
        std::lock_guard lock(mutex_);
        for (const auto& payload : payloads) {
            delivered_.push_back(payload.ticket);
        }
        ++delivered_calls_;
        if (on_delivered) {
            on_delivered(payloads);
        }
        changed_.notify_all();
    }
    void refused(const Payload& payload, std::string_view reason) override {
        std::lock_guard lock(mutex_);
        refused_.push_back(payload.ticket);
        reasons_.emplace_back(reason);
        changed_.notify_all();
    }
    void retrying(std::string_view reason, std::chrono::milliseconds delay) override {
        std::lock_guard lock(mutex_);
        reasons_.emplace_back(reason);
        delays_.push_back(delay);
        changed_.notify_all();
    }
    void halted(std::string_view reason) override {
        std::lock_guard lock(mutex_);
        halts_.emplace_back(reason);
        changed_.notify_all();
    }

    // False when it did not come to be within 20 s, or as much longer as patience says. The condition is asked with the
    // lock held: use the _ members.
    bool wait_for(const std::function<bool(const RecordingListener&)>& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20 * patience), [&] { return condition(*this); });
    }
    bool wait_delivered(std::size_t count) {
        return wait_for([&](const auto& seen) { return seen.delivered_.size() >= count; });
    }

    std::vector<std::uint64_t> delivered_tickets() { return copy(delivered_); }
    std::vector<std::uint64_t> refused_tickets() { return copy(refused_); }
    std::vector<std::string> reasons() { return copy(reasons_); }
    std::vector<std::string> halts() { return copy(halts_); }
    std::vector<std::chrono::milliseconds> delays() { return copy(delays_); }
    std::size_t delivered_calls() {
        std::lock_guard lock(mutex_);
        return delivered_calls_;
    }

    std::function<void(std::span<const Payload>)> on_delivered;  // set before the sink starts

    std::vector<std::uint64_t> delivered_;
    std::vector<std::uint64_t> refused_;
    std::vector<std::string> reasons_;
    std::vector<std::string> halts_;
    std::vector<std::chrono::milliseconds> delays_;

private:
    template <typename T>
    T copy(const T& value) {
        std::lock_guard lock(mutex_);
        return value;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t delivered_calls_ = 0;
};

inline std::chrono::steady_clock::time_point in_seconds(int seconds) {
    return std::chrono::steady_clock::now() + std::chrono::seconds(seconds * patience);
}

}  // namespace glassflow::sink
