// Payloads -> records under way -> reports: all that one Kafka sink does, turn by turn, in one thread.
//
// Plain: a payload is delivered when its broker has it with all replicas. When a record fails for good the producer
// ends itself (enable.gapless.guarantee), so nothing behind it can get past it; what is not there then goes again in
// its order through a new producer. exactly_once: payloads go in Kafka transactions, each with the position after it,
// and are delivered when their transaction is committed; one that cannot be is aborted, and its payloads go again.
//
// A broker refuses batches, not records: the records of a refused batch go again one at a time, and what is refused
// then is the dead letter.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "retry/retry_policy.h"
#include "sink/kafka/client.h"
#include "sink/kafka/inbox.h"
#include "sink/kafka/outbox.h"
#include "sink/kafka/outcome.h"
#include "sink/kafka/position.h"
#include "sink/kafka/producer.h"
#include "sink/kafka/route_to_topic.h"
#include "sink/oversize.h"
#include "sink/sink.h"

namespace glassflow::sink::kafka {

class DeliveryLoop final : private ClientListener {
public:
    DeliveryLoop(const ClientFactory& factory, TopicRoutes& routes, Inbox& inbox, DeliveryListener& listener,
                 std::string stream);
    ~DeliveryLoop();
    DeliveryLoop(const DeliveryLoop&) = delete;
    DeliveryLoop& operator=(const DeliveryLoop&) = delete;

    // False when delivery has ended: all is delivered and the end was asked for, its time is up, or nothing more can
    // be.
    bool turn();
    std::size_t left() const;  // payloads not reported

private:
    using Clock = std::chrono::steady_clock;
    using TimePoint = Clock::time_point;
    using Milliseconds = std::chrono::milliseconds;
    struct Run {  // of payloads that are there and may not be reported yet: their memory is given back
        std::uint64_t ticket;
        std::uint64_t count;
    };

    enum class Readiness { ready, settled, not_yet };

    // delivery_loop.cpp
    void admit();
    void hold(const Payload& payload);
    void release_held();
    void send_waiting();
    Readiness prepare(Record& record);
    bool send(Record& record);
    bool make_topic(Route& route);
    void report_delivered();
    void refuse(Record& record, const std::string& reason);
    void halt(const std::string& reason);
    Milliseconds longest_poll() const;
    void delivery_report(const rd_kafka_message_t& message) override;
    bool may_go_on() const { return !is_halted_ && !inbox_.is_past_deadline(); }

    // delivery_trouble.cpp
    void client_error(rd_kafka_resp_err_t error, const std::string& text) override;
    bool is_in_trouble() const;
    void recover();
    void drain();
    void judge_failed(rd_kafka_resp_err_t transaction_error, const std::string& fatal_text);
    void watch();
    void back_off(const std::string& reason);

    // delivery_transactions.cpp
    bool is_open() const { return producer_ && (!settings_.exactly_once || is_resumed_); }
    bool open();
    void close();
    template <typename Question>
    bool ask(Question question);
    bool prepare_positions();
    bool initialise();
    bool read_position();
    bool begin();
    void note_last(const Payload& payload);
    bool is_commit_due();
    void commit();
    bool abort(rd_kafka_resp_err_t& cause);

    const ClientFactory& factory_;
    const KafkaSettings& settings_;
    TopicRoutes& routes_;
    Inbox& inbox_;
    DeliveryListener& listener_;
    const std::string stream_;

    std::vector<Payload> arrived_;  // taken from the inbox while there is no producer yet
    Outbox outbox_;
    std::vector<Payload> delivered_;      // to be reported
    std::unique_ptr<Producer> producer_;  // after outbox_: it is gone before the records that it knows
    Record* owed_tombstone_ = nullptr;    // its event is with the producer, its tombstone is not yet
    bool is_queue_full_ = false;
    bool is_halted_ = false;
    bool is_fatal_ = false;
    bool has_progressed_ = false;          // something was acknowledged since the last look
    bool is_waiting_for_brokers_ = false;  // for an answer that is no delivery report

    retry::RetryPolicy retry_policy_;
    std::mt19937_64 generator_{std::random_device{}()};
    TimePoint paused_until_ = TimePoint::min();
    TimePoint last_progress_ = Clock::now();
    TimePoint last_told_;  // long ago, at first
    std::string last_error_;
    TimePoint last_error_time_;
    std::optional<TimePoint> unauthenticated_since_;
    TimePoint unauthenticated_last_;

    // Of exactly_once.
    bool is_initialised_ = false;  // init_transactions() is done
    bool is_resumed_ = false;      // the position is read
    ResumeFilter filter_;
    std::vector<Run> held_;
    std::uint64_t held_count_ = 0;
    bool is_in_transaction_ = false;
    bool is_cut_ = false;  // nothing more goes into this transaction
    TimePoint transaction_began_;
    std::uint64_t transaction_bytes_ = 0;
    Position last_;  // of the last payload sent, refused or dropped
};

}  // namespace glassflow::sink::kafka
