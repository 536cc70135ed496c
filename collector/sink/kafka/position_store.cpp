// The end to be read to is that of all records, not the last stable one, which an open transaction of another producer
// holds back: a position of ours may lie behind it. A reader of committed records gets there when that one has ended.
#include "sink/kafka/position_store.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "log/log.h"
#include "sink/kafka/cluster.h"

namespace glassflow::sink::kafka {

namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds slice{500};
constexpr std::int64_t first_window = 1'000;  // records; the last position is mostly among the last

struct Destroy {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};

// One partition being read, with librdkafka's plain consumer: it needs no group, and so no right to one.
class Reading {
public:
    Reading(rd_kafka_t* client, const std::string& topic, std::int64_t from)
        : topic_(rd_kafka_topic_new(client, topic.c_str(), nullptr)) {
        if (!topic_ || rd_kafka_consume_start(topic_.get(), 0, from) != 0) {
            throw ClusterError(rd_kafka_last_error(), "topic " + topic + " cannot be read", "");
        }
    }
    ~Reading() { rd_kafka_consume_stop(topic_.get(), 0); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    std::unique_ptr<rd_kafka_message_t, Destroy> next() {
        return std::unique_ptr<rd_kafka_message_t, Destroy>(
            rd_kafka_consume(topic_.get(), 0, static_cast<int>(slice.count())));
    }

private:
    std::unique_ptr<rd_kafka_topic_t, Destroy> topic_;
};

std::string_view text_of(const void* bytes, std::size_t size) {
    return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

}  // namespace

void PositionStore::prepare(Milliseconds timeout) {
    const auto& settings = factory_.settings();
    const auto& topic = settings.position_topic;
    Cluster cluster(factory_, is_stopped_);
    const bool is_new = cluster.ensure({.name = topic,
                                        .partitions = 1,
                                        .replication_factor = settings.replication_factor,
                                        // Small segments: only what is in a closed one is ever compacted.
                                        .configuration = {{"cleanup.policy", "compact"},
                                                          {"segment.bytes", "16777216"},
                                                          {"min.cleanable.dirty.ratio", "0.1"}}},
                                       timeout);
    if (is_new) {
        return;
    }
    if (const auto partitions = cluster.partitions_of(topic, timeout); partitions && *partitions != 1) {
        throw PositionError("position topic " + topic + " has " + std::to_string(*partitions) + " partitions, not one",
                            "Give position_topic a topic of its own, or let the sink make it.");
    }
    const auto policy =
        settings.can_describe_topics ? cluster.setting_of(topic, "cleanup.policy", timeout) : std::nullopt;
    if (!policy) {
        log::warning("whether the position topic is compacted cannot be seen",
                     {{"sink", settings.name}, {"topic", topic}});
    } else if (*policy != "compact") {
        throw PositionError("position topic " + topic + " has cleanup.policy " + *policy + ", not compact",
                            "Set it to compact: a position must not be deleted for its age.");
    }
}

std::optional<Position> PositionStore::read(Milliseconds timeout) {
    std::int64_t begin = 0;
    const auto end = end_offset(begin, timeout);
    for (auto window = first_window; begin < end; window *= 32) {
        const auto from = std::max(begin, end - window);
        if (const auto value = last_value(from, end, timeout)) {
            auto position = parse_position(*value);
            if (!position) {
                throw PositionError("the record of " + factory_.transactional_id() + " in position topic " +
                                        factory_.settings().position_topic + " is not a position",
                                    "Something else wrote it. Choose another transactional_id; events that were "
                                    "delivered and not confirmed to the server then come a second time.");
            }
            return position;
        }
        if (from == begin) {
            break;
        }
    }
    return std::nullopt;
}

std::int64_t PositionStore::end_offset(std::int64_t& begin, Milliseconds timeout) const {
    Client client(factory_, RD_KAFKA_CONSUMER, factory_.reader_properties(false), nullptr);
    const auto deadline = steady_clock::now() + timeout;
    auto error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    std::int64_t end = 0;
    while (error != RD_KAFKA_RESP_ERR_NO_ERROR && !is_stopped_() && steady_clock::now() < deadline) {
        error = rd_kafka_query_watermark_offsets(client.handle(), factory_.settings().position_topic.c_str(), 0, &begin,
                                                 &end, static_cast<int>(slice.count()));
        rd_kafka_poll(client.handle(), error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : 100);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw ClusterError(error,
                           "the end of position topic " + factory_.settings().position_topic +
                               " cannot be read: " + rd_kafka_err2str(error),
                           "");
    }
    return end;
}

// Of the records in [from, end) the last with our key. Throws when the end was not reached.
std::optional<std::string> PositionStore::last_value(std::int64_t from, std::int64_t end, Milliseconds timeout) const {
    const auto& topic = factory_.settings().position_topic;
    Client client(factory_, RD_KAFKA_CONSUMER, factory_.reader_properties(true), nullptr);
    Reading reading(client.handle(), topic, from);
    std::optional<std::string> value;
    auto deadline = steady_clock::now() + timeout;
    while (!is_stopped_() && steady_clock::now() < deadline) {
        const auto message = reading.next();
        rd_kafka_poll(client.handle(), 0);
        if (!message) {
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (message->offset >= end) {
                return value;
            }
            continue;  // an open transaction is in the way
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            continue;  // librdkafka tries again; the deadline tells when that is of no use
        }
        deadline = steady_clock::now() + timeout;
        if (message->offset < end && text_of(message->key, message->key_len) == factory_.transactional_id()) {
            value = std::string(text_of(message->payload, message->len));
        }
        if (message->offset + 1 >= end) {
            return value;
        }
    }
    throw ClusterError(RD_KAFKA_RESP_ERR__TIMED_OUT,
                       "position topic " + topic +
                           " cannot be read to its end: another producer's transaction is open "
                           "there, or its broker does not answer",
                       "");
}

}  // namespace glassflow::sink::kafka
