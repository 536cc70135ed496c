// The way of a payload: arrived, admitted to the outbox, prepared, sent, acknowledged, reported.
#include "sink/kafka/delivery_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "log/log.h"
#include "sink/kafka/cluster.h"

namespace glassflow::sink::kafka {

namespace {

constexpr std::size_t most_sent_per_turn = 8192;  // then reports are looked at, which give memory back
constexpr std::chrono::milliseconds idle_poll{1'000};
constexpr std::chrono::milliseconds full_queue_poll{20};
constexpr std::chrono::milliseconds hurried_flush{50};
constexpr std::chrono::milliseconds retry_initial{200};
constexpr std::chrono::milliseconds retry_max{30'000};

}  // namespace

DeliveryLoop::DeliveryLoop(const ClientFactory& factory, TopicRoutes& routes, Inbox& inbox, DeliveryListener& listener,
                           std::string stream)
    : factory_(factory),
      settings_(factory.settings()),
      routes_(routes),
      inbox_(inbox),
      listener_(listener),
      stream_(std::move(stream)),
      retry_policy_(retry_initial, retry_max) {}

DeliveryLoop::~DeliveryLoop() {
    inbox_.set_waker(nullptr);
    if (is_in_transaction_ && producer_) {
        // Readers of committed records need not wait for the brokers to give it up. Without an answer they do.
        producer_->abort_transaction(Milliseconds(1'000));
    }
}

bool DeliveryLoop::turn() {
    if (!may_go_on()) {
        return false;
    }
    const bool is_finishing = inbox_.is_finishing();
    auto payloads = inbox_.take();
    std::move(payloads.begin(), payloads.end(), std::back_inserter(arrived_));
    if (is_finishing && arrived_.empty() && outbox_.size() == 0 && !is_in_transaction_) {
        return false;
    }
    const bool is_paused = Clock::now() < paused_until_;
    if (!is_open()) {
        if (is_paused) {
            inbox_.wait_until(paused_until_);
            return true;
        }
        if (!open()) {
            return !is_halted_;
        }
    }
    admit();
    if (!is_halted_ && !is_paused) {
        send_waiting();
    }
    report_delivered();
    if (is_halted_) {
        return false;
    }
    const auto timeout = longest_poll();
    is_finishing || is_cut_ || outbox_.is_alone() ? producer_->flush(std::min(timeout, hurried_flush))
                                                  : producer_->poll(timeout);
    report_delivered();
    if (is_in_trouble()) {
        recover();
    } else if (is_commit_due()) {
        commit();
    }
    watch();
    return !is_halted_;
}

std::size_t DeliveryLoop::left() const {
    return arrived_.size() + outbox_.size() + held_count_ + delivered_.size();
}

void DeliveryLoop::admit() {
    for (auto& payload : arrived_) {
        switch (filter_.judge(payload.transaction, payload.event_id)) {
            case ResumeFilter::Verdict::produce:
                outbox_.push(std::move(payload));
                break;
            case ResumeFilter::Verdict::hold:
                hold(payload);
                payload = {};
                break;
            case ResumeFilter::Verdict::found:
                release_held();
                delivered_.push_back(std::move(payload));
                break;
            case ResumeFilter::Verdict::conflict:
                halt("the position in topic " + settings_.position_topic +
                     " names an event that did not come again, though earlier ones did: tables, format or what the "
                     "sink leaves out were changed while deliveries were not confirmed, or the server was put back to "
                     "an earlier state; run with the former configuration until it is through, or set another "
                     "transactional_id, and events since the confirmed position come a second time");
                return;
        }
    }
    arrived_.clear();
}

void DeliveryLoop::hold(const Payload& payload) {
    if (held_.empty() || held_.back().ticket != payload.ticket) {
        held_.push_back({payload.ticket, 0});
    }
    ++held_.back().count;
    ++held_count_;
}

void DeliveryLoop::release_held() {
    constexpr std::uint64_t most = 4096;
    for (auto& run : held_) {
        while (run.count > 0) {
            std::vector<Payload> part(std::min(run.count, most));
            for (auto& payload : part) {
                payload.ticket = run.ticket;
            }
            listener_.delivered(part);
            run.count -= part.size();
        }
    }
    held_.clear();
    held_count_ = 0;
}

void DeliveryLoop::send_waiting() {
    is_queue_full_ = false;
    if (owed_tombstone_ != nullptr) {
        auto& record = *owed_tombstone_;
        const auto error = producer_->send_tombstone(record, routes_.of(record.payload).topic);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            is_queue_full_ = true;
            return;
        }
        owed_tombstone_ = nullptr;
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            outbox_.reported(record, error);
        }
    }
    for (std::size_t i = 0; i < most_sent_per_turn && !is_cut_ && !is_in_trouble(); ++i) {
        Record* const record = outbox_.next();
        if (record == nullptr) {
            return;
        }
        switch (prepare(*record)) {
            case Readiness::settled:
                break;
            case Readiness::not_yet:
                return;
            case Readiness::ready:
                if ((settings_.exactly_once && !is_in_transaction_ && !begin()) || !send(*record)) {
                    return;
                }
        }
        is_cut_ = is_in_transaction_ && transaction_bytes_ >= settings_.transaction_bytes;
    }
}

DeliveryLoop::Readiness DeliveryLoop::prepare(Record& record) {
    const auto& payload = record.payload;
    if (payload.table == nullptr && settings_.drop_messages) {
        note_last(payload);
        delivered_.push_back(outbox_.settle(record));
        return Readiness::settled;
    }
    Route* route = nullptr;
    try {
        route = &routes_.of(payload);
    } catch (const SinkError& error) {
        halt(std::string(error.what()) + "; " + error.hint());
        return Readiness::not_yet;
    }
    record.order = &route->order;
    if (settings_.create_topics && !route->is_there && !make_topic(*route)) {
        return Readiness::not_yet;
    }
    if (record.body().size() <= settings_.max_event_bytes) {
        return Readiness::ready;
    }
    const auto what = "event of " + std::to_string(payload.body.size()) + " bytes is larger than max_event_bytes";
    if (settings_.oversize != "truncate" || payload.table == nullptr) {
        refuse(record, what);
        return Readiness::settled;
    }
    auto shorter =
        without_largest_values(payload.body, payload.key, shape_of(settings_.form), settings_.max_event_bytes);
    if (!shorter) {
        refuse(record, what + ", also without its largest values");
        return Readiness::settled;
    }
    record.shorter = std::move(*shorter);
    return Readiness::ready;
}

bool DeliveryLoop::send(Record& record) {
    const auto& payload = record.payload;
    const auto& topic = routes_.of(payload).topic;
    const auto error = producer_->send(record, topic);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        is_queue_full_ = true;
        return false;
    }
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {  // with its key; never came as far as a broker
        refuse(record, describe(error, topic));
        return true;
    }
    note_last(payload);
    transaction_bytes_ += record.body().size();
    const bool has_tombstone = settings_.tombstones && payload.operation == 'd' && !payload.key.empty();
    outbox_.sent(record, has_tombstone ? 2 : 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        outbox_.reported(record, error);
        if (has_tombstone) {
            outbox_.reported(record, error);
        }
        return false;
    }
    if (has_tombstone) {
        const auto tombstone_error = producer_->send_tombstone(record, topic);
        if (tombstone_error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            owed_tombstone_ = &record;
            is_queue_full_ = true;
            return false;
        }
        if (tombstone_error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            outbox_.reported(record, tombstone_error);
        }
    }
    return true;
}

bool DeliveryLoop::make_topic(Route& route) {
    constexpr Milliseconds timeout{10'000};
    try {
        Cluster cluster(factory_, [this] { return inbox_.is_past_deadline(); });
        cluster.ensure({.name = route.topic,
                        .partitions = settings_.partitions,
                        .replication_factor = settings_.replication_factor},
                       timeout);
        route.is_there = true;
    } catch (const ClusterError& error) {
        if (classify(error.code(), settings_.exactly_once) == Outcome::halt || is_refusal_to_make(error.code())) {
            halt(std::string(error.what()) + "; " + error.hint());
        } else {
            back_off(error.what());
        }
    }
    return route.is_there;
}

void DeliveryLoop::report_delivered() {
    if (!settings_.exactly_once) {
        outbox_.take_acknowledged(delivered_);
    }
    if (!delivered_.empty()) {
        listener_.delivered(delivered_);
        delivered_.clear();
        retry_policy_.succeeded();
    }
}

void DeliveryLoop::refuse(Record& record, const std::string& reason) {
    note_last(record.payload);
    const auto payload = outbox_.settle(record);
    listener_.refused(payload, reason);
}

void DeliveryLoop::halt(const std::string& reason) {
    if (!is_halted_) {
        is_halted_ = true;
        report_delivered();
        listener_.halted(factory_.without_secrets(reason));
    }
}

DeliveryLoop::Milliseconds DeliveryLoop::longest_poll() const {
    const auto now = Clock::now();
    auto wake_at = std::min(now + idle_poll, inbox_.deadline());
    if (now < paused_until_) {
        wake_at = std::min(wake_at, paused_until_);
    } else if (is_queue_full_) {
        wake_at = std::min(wake_at, now + full_queue_poll);
    } else if (outbox_.has_next() && !is_cut_) {
        wake_at = now;
    }
    if (is_in_transaction_ && !is_cut_) {
        wake_at = std::min(wake_at, transaction_began_ + settings_.transaction_age);
    }
    return wake_at <= now ? Milliseconds(0) : std::chrono::ceil<Milliseconds>(wake_at - now);
}

void DeliveryLoop::delivery_report(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        has_progressed_ = true;
    }
    if (message._private != nullptr) {  // nothing is carried by a position
        outbox_.reported(static_cast<Record&>(*static_cast<Carried*>(message._private)), message.err);
    }
}

}  // namespace glassflow::sink::kafka
