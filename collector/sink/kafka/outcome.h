// An error of librdkafka -> what it means for what was to be delivered. Pure.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace glassflow::sink::kafka {

enum class Outcome : std::uint8_t {
    delivered,
    refused,        // the broker will never take this record, or one that travelled in the same batch
    missing_topic,  // there is no such topic
    retry,          // may pass
    halt,           // nothing will be taken until a person has changed something
};

// Of a record. is_transactional: a producer that was fenced has a successor, otherwise a new one takes its place.
Outcome classify(rd_kafka_resp_err_t error, bool is_transactional);

// Of a topic that was to be made: no further try will help.
bool is_refusal_to_make(rd_kafka_resp_err_t error);

// "message larger than … (MSG_SIZE_TOO_LARGE)" with what to do about it, for a halt or a dead letter.
std::string describe(rd_kafka_resp_err_t error, std::string_view topic);

}  // namespace glassflow::sink::kafka
