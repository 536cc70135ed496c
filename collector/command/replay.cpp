// Letters are taken in runs that fit in memory, handed to a sink of their own, and removed when it reports them.
#include "command/replay.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "command/complaint.h"
#include "command/destinations.h"
#include "config/option_table.h"
#include "delivery/dead_letter_file.h"
#include "delivery/dead_letter_line.h"

namespace glassflow::command {
namespace {

constexpr std::size_t run_bytes = 16 << 20;
constexpr std::chrono::minutes patience{10};  // for one run

// What names a letter in its file: an event may be refused twice.
using LetterId = std::pair<std::string, std::string>;  // time, event id

// Keeps what the sink reports until all of a run is settled, or nothing more will come.
class Listener final : public sink::DeliveryListener {
public:
    void delivered(std::span<const sink::Payload> payloads) override {
        const std::lock_guard lock(mutex_);
        for (const sink::Payload& payload : payloads)
            delivered_.insert(payload.ticket);
        settled_ += payloads.size();
        changed_.notify_all();
    }
    void refused(const sink::Payload& payload, std::string_view reason) override {
        const std::lock_guard lock(mutex_);
        warn("event " + std::string(payload.event_id) + " was refused again: " + std::string(reason),
             "It stays in the dead letter store.");
        ++settled_;
        changed_.notify_all();
    }
    void retrying(std::string_view reason, std::chrono::milliseconds) override {
        const std::lock_guard lock(mutex_);
        if (std::exchange(last_reason_, reason) != reason)
            warn("delivery failed, trying again: " + std::string(reason), "");
    }
    void halted(std::string_view reason) override {
        const std::lock_guard lock(mutex_);
        complain("the sink stopped: " + std::string(reason), "What was not delivered stays in the dead letter store.");
        is_halted_ = true;
        changed_.notify_all();
    }

    void wait(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return is_halted_ || settled_ >= count; });
    }
    bool is_delivered(std::uint64_t ticket) {
        const std::lock_guard lock(mutex_);
        return delivered_.contains(ticket);
    }
    bool is_halted() {
        const std::lock_guard lock(mutex_);
        return is_halted_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::uint64_t> delivered_;
    std::size_t settled_ = 0;
    bool is_halted_ = false;
    std::string last_reason_;
};

using Letters = std::vector<std::shared_ptr<const delivery::DeadLetter>>;

// The next letters that are wanted and were not tried yet, as many as fit.
Letters next_run(const delivery::DeadLetterFile& file, const std::vector<std::string>& event_ids,
                 const std::set<LetterId>& tried) {
    Letters letters;
    std::size_t bytes = 0;
    file.read([&](std::string_view line) {
        if (bytes >= run_bytes)
            return;
        auto letter = delivery::parse_dead_letter(line);
        if (!letter || tried.contains({letter->time, letter->event_id}))
            return;
        if (!event_ids.empty() && std::ranges::find(event_ids, letter->event_id) == event_ids.end())
            return;
        bytes += line.size();
        letters.push_back(std::make_shared<const delivery::DeadLetter>(std::move(*letter)));
    });
    return letters;
}

// In the order in which they were refused, one after the other where they speak of the same table.
std::vector<sink::Payload> payloads_of(const Letters& letters) {
    std::vector<sink::Payload> payloads;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        sink::Payload payload = delivery::payload_of(letters[i]);
        payload.ticket = i;
        payload.lane_count = 1;  // one lane for all
        payloads.push_back(std::move(payload));
    }
    return payloads;
}

struct Outcome {
    std::uint64_t delivered = 0;
    std::uint64_t left = 0;
};

Outcome replay_run(sink::Sink& sink, Listener& listener, delivery::DeadLetterFile& file, const Letters& letters) {
    sink.push(payloads_of(letters));
    listener.wait(letters.size());
    std::set<LetterId> delivered;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (listener.is_delivered(i))
            delivered.insert({letters[i]->time, letters[i]->event_id});
    }
    file.remove_unless([&](std::string_view line) {
        const auto letter = delivery::parse_dead_letter(line);
        return !letter || !delivered.contains({letter->time, letter->event_id});
    });
    return {.delivered = delivered.size(), .left = letters.size() - delivered.size()};
}

Outcome replay_all(const config::Configuration& configuration, std::size_t index, delivery::DeadLetterFile& file,
                   const std::vector<std::string>& event_ids) {
    Outcome total;
    std::set<LetterId> tried;
    while (true) {
        const Letters letters = next_run(file, event_ids, tried);
        if (letters.empty())
            return total;
        for (const auto& letter : letters)
            tried.insert({letter->time, letter->event_id});
        // A sink of its own for each run: tickets begin anew, and what the last one held is gone.
        const auto sink = make_replay_sink(configuration, index);
        sink->check();
        Listener listener;
        sink->start(listener, "");
        const Outcome outcome = replay_run(*sink, listener, file, letters);
        sink->finish(std::chrono::steady_clock::now());
        total.delivered += outcome.delivered;
        total.left += outcome.left;
        if (listener.is_halted())
            return total;
    }
}

}  // namespace

ExitCode replay(const config::Configuration& configuration, const std::string& sink,
                const std::vector<std::string>& event_ids) {
    Outcome total;
    for (std::size_t i = 0; i < configuration.sinks.size(); ++i) {
        const std::string& name = config::name_of(configuration.sinks[i]);
        if (!sink.empty() && sink != name)
            continue;
        delivery::DeadLetterFile file(configuration.delivery.state_directory, name);
        const Outcome outcome = replay_all(configuration, i, file, event_ids);
        total.delivered += outcome.delivered;
        total.left += outcome.left;
    }
    std::cout << total.delivered << " delivered and removed, " << total.left << " left\n";
    if (total.delivered + total.left == 0 && !event_ids.empty()) {
        complain("no dead letter has such an event id", "`glassflow-collector dead-letter list` shows all.");
        return ExitCode::failed;
    }
    return total.left == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace glassflow::command
