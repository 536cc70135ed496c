// Settled records leave the list at once, so one partition that is stuck does not keep what others have delivered.
#include "sink/kafka/outbox.h"

#include <algorithm>
#include <utility>

namespace glassflow::sink::kafka {

void Outbox::push(Payload&& payload) {
    if (spare_.empty()) {
        spare_.emplace_back();
    }
    records_.splice(records_.end(), spare_, spare_.begin());
    Record& record = records_.back();
    record.place = std::prev(records_.end());
    // A payload in two lanes is an update of a key told as one: its rows may live in two partitions.
    record.goes_alone = payload.is_barrier || payload.lane_count == 2;
    record.payload = std::move(payload);
    if (!has_waiting()) {
        next_ = record.place;
    }
}

void Outbox::sent(Record& record, std::uint8_t messages) {
    record.state = Record::State::under_way;
    record.messages = messages;
    record.error = RD_KAFKA_RESP_ERR_NO_ERROR;
    is_alone_ = must_go_alone(record);
    ++under_way_;
    ++next_;
}

void Outbox::reported(Record& record, rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        record.error = error;
    }
    if (--record.messages > 0) {
        return;
    }
    --under_way_;
    is_alone_ = false;
    const bool is_there = record.error == RD_KAFKA_RESP_ERR_NO_ERROR;
    record.state = is_there ? Record::State::acknowledged : Record::State::failed;
    (is_there ? acknowledged_ : failed_).push_back(&record);
}

Payload Outbox::settle(Record& record) {
    if (record.state == Record::State::waiting) {
        ++next_;
    }
    std::erase(failed_, &record);
    auto payload = std::move(record.payload);
    erase(record);
    return payload;
}

void Outbox::take_acknowledged(std::vector<Payload>& payloads) {
    for (Record* const record : acknowledged_) {
        payloads.push_back(std::move(record->payload));
        erase(*record);
    }
    acknowledged_.clear();
}

void Outbox::rewind() {
    for (Record& record : records_) {
        record.state = Record::State::waiting;
        record.messages = 0;
    }
    acknowledged_.clear();
    failed_.clear();
    next_ = records_.begin();
    under_way_ = 0;
    is_alone_ = false;
}

void Outbox::erase(Record& record) {
    const auto place = record.place;
    record = Record();
    constexpr std::size_t kept = 4096;
    if (spare_.size() < kept) {
        spare_.splice(spare_.end(), records_, place);
    } else {
        records_.erase(place);
    }
}

}  // namespace glassflow::sink::kafka
