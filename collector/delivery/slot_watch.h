// A second, slow connection that looks after the slot: how safe it is, how much WAL it holds, and whether a heartbeat
// comes back through it. It only watches and warns; whether delivery goes on is decided by who streams.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "delivery/slot_forecast.h"
#include "delivery/status.h"
#include "log/repeat_limit.h"
#include "postgres/connection.h"
#include "postgres/replication_slot.h"
#include "postgres/settings.h"

namespace glassflow::delivery {

class SlotWatch {
public:
    using ServerSeen = std::function<void(const std::string& started, bool is_in_recovery)>;

    // settings is borrowed. progress and on_server, which is told at each look what server that is, are called from the
    // watching thread.
    SlotWatch(const postgres::SourceSettings& settings, std::function<StreamProgress()> progress, ServerSeen on_server);
    ~SlotWatch();  // stops
    SlotWatch(const SlotWatch&) = delete;
    SlotWatch& operator=(const SlotWatch&) = delete;

    void start();
    // A statement under way is cut off; an attempt to connect is not, and takes at most source.connect_timeout.
    void stop();
    SlotCare status() const;

private:
    using Clock = std::chrono::steady_clock;

    void run();
    void look();
    void look_at_slot();
    void judge(const std::optional<postgres::ReplicationSlot>& slot, SlotCare& care);
    void look_at_heartbeat(SlotCare& care);
    void send_heartbeat();
    postgres::Connection& connection();
    void disconnect();
    Clock::duration pause() const;

    const postgres::SourceSettings& settings_;
    const std::function<StreamProgress()> progress_;
    const ServerSeen on_server_;
    std::thread thread_;

    // Of the thread:
    std::optional<postgres::Connection> connection_;
    SlotForecast forecast_;
    Heartbeat heartbeat_;
    Clock::time_point slot_due_{};
    log::RepeatLimit repeated_{std::chrono::minutes(1)};

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool is_stopping_ = false;
    int socket_ = -1;  // of connection_
    SlotCare care_;
};

}  // namespace glassflow::delivery
