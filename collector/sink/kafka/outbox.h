// Payloads in the order they came -> which may be handed to the producer, which are done, which go again. Pure.
//
// Kafka keeps the order of what one producer sends to one partition, so payloads simply go in their order, and many are
// under way at once. A barrier goes alone: when nothing is under way, and nothing follows until it is there. So does a
// payload that is under suspicion of being what a broker refused a batch for.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "sink/kafka/client.h"
#include "sink/payload.h"

namespace glassflow::sink::kafka {

struct Record : Carried {
    enum class State : std::uint8_t { waiting, under_way, acknowledged, failed };

    Payload payload;
    std::string shorter;  // what goes instead of the payload's body, when that was too large
    State state = State::waiting;
    std::uint8_t messages = 0;  // of it, that the producer has: a second one is a tombstone
    bool goes_alone = false;
    bool is_suspect = false;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::list<Record>::iterator place;

    std::string_view body() const { return shorter.empty() ? payload.body : std::string_view(shorter); }
};

class Outbox {
public:
    void push(Payload&& payload);

    // The next record, when it may go now; it stays the next until sent() or settle().
    Record* next() { return has_next() ? &*next_ : nullptr; }
    // The producer has messages of the record that next() gave.
    void sent(Record& record, std::uint8_t messages);
    // One of its messages is there, or will not be.
    void reported(Record& record, rd_kafka_resp_err_t error);
    // It is done with, whatever became of it: refused, or dropped. Of one that next() gave, or that failed.
    Payload settle(Record& record);

    // Moves the payloads of all records that are there to payloads.
    void take_acknowledged(std::vector<Payload>& payloads);

    const std::vector<Record*>& failed() const { return failed_; }
    // What was sent and is not settled goes again, in its order. No report may come of what was sent before.
    void rewind();

    std::size_t under_way() const { return under_way_; }  // records
    std::size_t size() const { return records_.size(); }  // not settled
    bool has_next() const { return has_waiting() && !is_alone_ && !(must_go_alone(*next_) && under_way_ > 0); }
    bool is_alone() const { return is_alone_; }  // what is under way goes alone, and nothing will join it

private:
    static bool must_go_alone(const Record& record) { return record.goes_alone || record.is_suspect; }
    bool has_waiting() const { return next_ != records_.end(); }
    void erase(Record& record);

    std::list<Record> records_;  // a list: the producer knows a record's address, and any of them may be the next to go
    std::list<Record> spare_;    // to be used again
    std::list<Record>::iterator next_ = records_.end();  // the first that waits; all before it do not
    std::vector<Record*> acknowledged_;
    std::vector<Record*> failed_;
    std::size_t under_way_ = 0;
    bool is_alone_ = false;  // what is under way goes alone
};

}  // namespace glassflow::sink::kafka
