// What does not go as it should: records that failed, producers that ended, brokers that do not answer.
//
// Nothing is lost by any of it: what is not reported goes again in its order, or stays unreported when delivery halts.
#include <algorithm>
#include <utility>

#include "log/log.h"
#include "sink/kafka/delivery_loop.h"

namespace glassflow::sink::kafka {

namespace {

constexpr std::chrono::milliseconds stall_notice{5'000};  // nothing acknowledged for so long is told, and again
constexpr std::chrono::milliseconds longest_drain{5'000};
// A broker that has just started may not know its users yet. librdkafka tells the same error every 30 s at most.
constexpr std::chrono::seconds patience_with_refusal{25};
constexpr std::chrono::seconds refusals_apart{90};

// What records fail with because another one did, or because we took them back.
bool is_consequence(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE:
        case RD_KAFKA_RESP_ERR__STATE:
        case RD_KAFKA_RESP_ERR__RETRY:
        case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
            return true;
        default:
            return false;
    }
}

}  // namespace

void DeliveryLoop::client_error(rd_kafka_resp_err_t error, const std::string& text) {
    const auto now = Clock::now();
    is_fatal_ = is_fatal_ || error == RD_KAFKA_RESP_ERR__FATAL;
    // That all are down is no news beside why one of them is.
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || now - last_error_time_ > stall_notice) {
        last_error_ = text;
        last_error_time_ = now;
    }
    if (error != RD_KAFKA_RESP_ERR__AUTHENTICATION && error != RD_KAFKA_RESP_ERR__SSL) {
        return;
    }
    if (!unauthenticated_since_ || now - unauthenticated_last_ > refusals_apart) {
        unauthenticated_since_ = now;
        listener_.retrying(text, patience_with_refusal);
    }
    unauthenticated_last_ = now;
    if (now - *unauthenticated_since_ >= patience_with_refusal) {
        halt((error == RD_KAFKA_RESP_ERR__SSL ? "TLS was refused: " : "the credential was refused: ") + text +
             (error == RD_KAFKA_RESP_ERR__SSL
                  ? "; check security_protocol, tls_ca, tls_certificate and tls_key"
                  : "; check security_protocol, sasl_mechanism, sasl_username and sasl_password"));
    }
}

bool DeliveryLoop::is_in_trouble() const {
    return is_fatal_ || !outbox_.failed().empty();
}

void DeliveryLoop::recover() {
    if (owed_tombstone_ != nullptr) {
        outbox_.reported(*std::exchange(owed_tombstone_, nullptr), RD_KAFKA_RESP_ERR__PURGE_QUEUE);
    }
    const auto fatal = producer_->fatal();
    if (settings_.exactly_once) {
        auto cause = RD_KAFKA_RESP_ERR_NO_ERROR;
        if (fatal) {
            halt(describe(fatal->code, {}) + ": " + fatal->text);
        } else if (abort(cause)) {
            judge_failed(cause, {});
            outbox_.rewind();
        }
        return;
    }
    drain();
    report_delivered();
    judge_failed(RD_KAFKA_RESP_ERR_NO_ERROR, fatal ? fatal->text : std::string());
    close();
    outbox_.rewind();
}

// What is queued comes back, what is on its way is waited for: it must not arrive after it was sent again.
void DeliveryLoop::drain() {
    const auto until = Clock::now() + longest_drain;
    while (outbox_.under_way() > 0 && Clock::now() < until && may_go_on()) {
        producer_->purge(RD_KAFKA_PURGE_F_QUEUE);
        producer_->poll(Milliseconds(20));
    }
    if (outbox_.under_way() > 0) {
        producer_->purge(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        producer_->poll(Milliseconds(20));
    }
}

// What becomes of each record that failed: a dead letter, one more try alone, one more try, or the end.
void DeliveryLoop::judge_failed(rd_kafka_resp_err_t transaction_error, const std::string& fatal_text) {
    std::string reason;
    bool has_refusal = false;
    const auto judge = [&](rd_kafka_resp_err_t error, const std::string& topic) {
        const auto outcome = classify(error, settings_.exactly_once);
        const bool is_end = outcome == Outcome::halt || (outcome == Outcome::missing_topic && !settings_.create_topics);
        if (is_end) {
            halt(describe(error, topic));
        } else if (outcome != Outcome::refused && !is_consequence(error)) {
            reason = describe(error, topic);
        }
        return outcome;
    };
    if (transaction_error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        judge(transaction_error, {});
    }
    for (Record* const record : std::vector<Record*>(outbox_.failed())) {
        auto& route = routes_.of(record->payload);
        const auto outcome = judge(record->error, route.topic);
        if (is_halted_) {
            return;
        }
        route.is_there = route.is_there && outcome != Outcome::missing_topic;
        if (outcome != Outcome::refused) {
            continue;
        }
        has_refusal = true;
        if (record->goes_alone || record->is_suspect) {
            refuse(*record, describe(record->error, route.topic));
        } else {
            record->is_suspect = true;
        }
    }
    if (!reason.empty() || !has_refusal) {
        back_off(!reason.empty() ? reason : !fatal_text.empty() ? fatal_text : "records were not taken");
    }
}

// Says at times that nothing goes on, and why as far as it is known.
void DeliveryLoop::watch() {
    const auto now = Clock::now();
    if (std::exchange(has_progressed_, false)) {
        unauthenticated_since_.reset();
        last_progress_ = now;
    } else if (outbox_.under_way() == 0 && !is_waiting_for_brokers_) {
        last_progress_ = now;
    }
    if (now - last_progress_ < stall_notice || now - last_told_ < stall_notice || is_halted_) {
        return;
    }
    last_told_ = now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - last_progress_).count();
    std::string reason = "brokers have acknowledged nothing for " + std::to_string(seconds) + " s";
    if (!last_error_.empty() && last_error_time_ >= last_progress_) {
        reason += ": " + last_error_;
    }
    listener_.retrying(reason, stall_notice);
}

void DeliveryLoop::back_off(const std::string& reason) {
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    const auto delay = retry_policy_.next_delay(uniform(generator_));
    paused_until_ = Clock::now() + delay;
    listener_.retrying(factory_.without_secrets(reason), delay);
}

}  // namespace glassflow::sink::kafka
