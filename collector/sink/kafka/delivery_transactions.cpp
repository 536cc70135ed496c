// The producer's beginning, and exactly_once: how a transaction begins, is committed with its position, or aborted.
//
// Where a crash may happen, and what the next start finds. Before the commit is decided: init_transactions() aborts
// what was open, so readers of committed records see nothing of it, the position is the one before, and its payloads
// are produced anew. After it is decided, answered or not: init_transactions() waits until it is complete, and the
// position that is read then is the one after it. Payloads are reported only when the commit was answered, so what the
// source repeats is at least all that is not there.
#include "log/log.h"
#include "sink/kafka/cluster.h"
#include "sink/kafka/delivery_loop.h"
#include "sink/kafka/position_store.h"

namespace glassflow::sink::kafka {

namespace {

constexpr std::chrono::milliseconds slice{500};             // of a call that waits for brokers
constexpr std::chrono::milliseconds preparation{10'000};    // of the position topic
constexpr std::chrono::milliseconds position_read{30'000};  // without a record

rd_kafka_resp_err_t code_of(const ClientError& error) {
    return rd_kafka_error_code(error.get());
}

}  // namespace

bool DeliveryLoop::open() {
    if (!producer_) {
        if (settings_.exactly_once && !prepare_positions()) {
            return false;
        }
        is_fatal_ = false;
        ClientListener& reports_to = *this;
        producer_ = std::make_unique<Producer>(factory_, reports_to);
    }
    if (settings_.exactly_once && !(initialise() && read_position())) {
        return false;
    }
    inbox_.set_waker([producer = producer_.get()] { producer->wake(); });
    return true;
}

void DeliveryLoop::close() {
    inbox_.set_waker(nullptr);
    producer_.reset();
    is_fatal_ = false;
}

// Runs what asks the brokers something. False, and told, when it did not succeed.
template <typename Question>
bool DeliveryLoop::ask(Question question) {
    try {
        question();
        return true;
    } catch (const ClusterError& error) {
        if (classify(error.code(), true) == Outcome::halt || is_refusal_to_make(error.code())) {
            halt(std::string(error.what()) + "; " + error.hint());
        } else {
            back_off(error.what());
        }
    } catch (const PositionError& error) {
        halt(std::string(error.what()) + "; " + error.hint());
    }
    return false;
}

bool DeliveryLoop::prepare_positions() {
    return ask([this] { PositionStore(factory_, [this] { return !may_go_on(); }).prepare(preparation); });
}

// From here on no other producer with our transactional id can write or commit anything.
bool DeliveryLoop::initialise() {
    is_waiting_for_brokers_ = true;
    while (!is_initialised_ && may_go_on()) {
        const auto error = producer_->init_transactions(slice);
        producer_->poll(Milliseconds(0));
        is_initialised_ = error == nullptr;
        if (error && (rd_kafka_error_is_fatal(error.get()) || !rd_kafka_error_is_retriable(error.get()) ||
                      classify(code_of(error), true) == Outcome::halt)) {
            halt(describe(code_of(error), {}) + ": " + rd_kafka_error_string(error.get()));
        }
        watch();
    }
    is_waiting_for_brokers_ = false;
    return is_initialised_;
}

bool DeliveryLoop::read_position() {
    if (is_resumed_) {
        return true;
    }
    std::optional<Position> position;
    if (!ask([&] { position = PositionStore(factory_, [this] { return !may_go_on(); }).read(position_read); })) {
        return false;
    }
    is_resumed_ = true;
    if (!position) {
        log::info("no position yet", {{"sink", settings_.name}, {"transactional_id", factory_.transactional_id()}});
    } else if (position->stream != stream_) {
        log::warning(
            "the position is of another server or timeline: events since the confirmed position may come twice",
            {{"sink", settings_.name}, {"position_stream", position->stream}, {"stream", stream_}});
    } else {
        log::info("going on behind the position", {{"sink", settings_.name}, {"event_id", position->event_id}});
        filter_ = ResumeFilter(std::move(*position));
    }
    return true;
}

bool DeliveryLoop::begin() {
    if (const auto error = producer_->begin_transaction()) {
        const std::string text = describe(code_of(error), {}) + ": " + rd_kafka_error_string(error.get());
        rd_kafka_error_is_fatal(error.get()) ? halt(text) : back_off(text);
        return false;
    }
    is_in_transaction_ = true;
    transaction_began_ = Clock::now();
    transaction_bytes_ = 0;
    return true;
}

void DeliveryLoop::note_last(const Payload& payload) {
    if (settings_.exactly_once) {
        last_.transaction = payload.transaction;
        last_.event_id = payload.event_id;
    }
}

bool DeliveryLoop::is_commit_due() {
    if (!is_in_transaction_) {
        return false;
    }
    is_cut_ = is_cut_ || Clock::now() - transaction_began_ >= settings_.transaction_age || inbox_.is_finishing();
    // A payload whose tombstone is not with the producer yet is a part of the transaction.
    return is_cut_ && outbox_.under_way() == 0 && owed_tombstone_ == nullptr;
}

void DeliveryLoop::commit() {
    last_.stream = stream_;
    const auto send_error =
        producer_->send_copy(settings_.position_topic, factory_.transactional_id(), position_text(last_));
    bool is_committed = false;
    auto cause = send_error;
    is_waiting_for_brokers_ = true;
    while (cause == RD_KAFKA_RESP_ERR_NO_ERROR && !is_committed && may_go_on()) {
        const auto error = producer_->commit_transaction(slice);
        is_committed = error == nullptr;
        if (error && rd_kafka_error_is_fatal(error.get())) {
            halt(describe(code_of(error), {}) + ": " + rd_kafka_error_string(error.get()));
        } else if (error && rd_kafka_error_txn_requires_abort(error.get())) {
            cause = code_of(error);
        } else if (error && !rd_kafka_error_is_retriable(error.get())) {
            // Whether it is committed is not known, and no further call will tell: the next start finds out.
            halt("the end of a transaction is not known: " + describe(code_of(error), {}) + ": " +
                 rd_kafka_error_string(error.get()));
        }
        watch();
    }
    is_waiting_for_brokers_ = false;
    if (is_committed) {
        is_in_transaction_ = is_cut_ = false;
        outbox_.take_acknowledged(delivered_);
        report_delivered();
    } else if (cause != RD_KAFKA_RESP_ERR_NO_ERROR && abort(cause)) {
        judge_failed(cause, {});
        outbox_.rewind();
    }
}

// False when it did not come to an end: halted, or out of time. cause is set to what broke the transaction, if
// anything.
bool DeliveryLoop::abort(rd_kafka_resp_err_t& cause) {
    if (!is_in_transaction_) {
        return true;
    }
    // A transaction in error answers every call with what broke it; one that is not answers this one with a mere
    // refusal.
    const auto broken = producer_->begin_transaction();
    if (broken && rd_kafka_error_txn_requires_abort(broken.get())) {
        cause = code_of(broken);
    }
    bool is_aborted = false;
    is_waiting_for_brokers_ = true;
    while (!is_aborted && may_go_on()) {
        const auto error = producer_->abort_transaction(slice);
        is_aborted = error == nullptr;
        if (error && (rd_kafka_error_is_fatal(error.get()) || !rd_kafka_error_is_retriable(error.get()))) {
            halt(describe(code_of(error), {}) + ": " + rd_kafka_error_string(error.get()));
        }
        watch();
    }
    is_waiting_for_brokers_ = false;
    if (is_aborted) {
        is_in_transaction_ = is_cut_ = false;
    }
    return is_aborted;
}

}  // namespace glassflow::sink::kafka
