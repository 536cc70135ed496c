// What the sink does with what brokers can answer; the brokers are librdkafka's mock. test/fault/test_kafka*.py has
// real ones.
#include "sink/kafka/sink.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <numeric>

#include "sink/kafka/mock_brokers.h"
#include "sink/make_payload.h"
#include "sink/recording_listener.h"

namespace glassflow::sink::kafka {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

constexpr auto topic = "public.t";
constexpr int partitions = 4;

std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all(last - first + 1);
    std::iota(all.begin(), all.end(), first);
    return all;
}

// A row's change: rows have the keys 0 to 9.
Payload change(std::uint64_t ticket) {
    auto payload = make_payload(PayloadText{.body = "{\"n\":" + std::to_string(ticket) + "}",
                                            .event_id = "0/" + std::to_string(ticket) + "-0",
                                            .key = "{\"id\":" + std::to_string(ticket % 10) + "}"});
    payload.ticket = ticket;
    payload.transaction = ticket / 5;
    payload.commit_time_us = 1'700'000'000'123'456;
    return payload;
}

std::vector<Payload> changes(std::uint64_t first, std::uint64_t last) {
    std::vector<Payload> payloads;
    for (const auto ticket : numbers(first, last)) {
        payloads.push_back(change(ticket));
    }
    return payloads;
}

std::vector<Payload> one(Payload payload) {
    std::vector<Payload> payloads;
    payloads.push_back(std::move(payload));
    return payloads;
}

// Java's Utils.murmur2 and DefaultPartitioner, written again from their description.
int java_partition(const std::string& key, int count) {
    const std::uint32_t m = 0x5bd1e995;
    auto hash = 0x9747b28cU ^ static_cast<std::uint32_t>(key.size());
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
    std::size_t i = 0;
    for (; i + 4 <= key.size(); i += 4) {
        std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
        k *= m, k ^= k >> 24, k *= m;
        hash *= m, hash ^= k;
    }
    switch (key.size() - i) {
        case 3:
            hash ^= byte(i + 2) << 16;
            [[fallthrough]];
        case 2:
            hash ^= byte(i + 1) << 8;
            [[fallthrough]];
        case 1:
            hash ^= byte(i), hash *= m;
    }
    hash ^= hash >> 13, hash *= m, hash ^= hash >> 15;
    return static_cast<int>((hash & 0x7fffffff) % static_cast<std::uint32_t>(count));
}

class KafkaSinkTest : public testing::Test {
protected:
    ~KafkaSinkTest() override {
        for (const auto& reason : HasFailure() ? listener_.reasons() : std::vector<std::string>()) {
            std::cerr << "told: " << reason << '\n';
        }
    }
    KafkaSinkTest() {
        settings_.name = "k";
        settings_.slot = "s";
        settings_.topic = "{schema}.{table}";
        settings_.message_topic = "messages";
        settings_.brokers = {brokers_.bootstrap()};
        settings_.linger = 1ms;
        settings_.position_topic = "positions";
        settings_.transaction_age = 20ms;
        settings_.can_describe_topics = false;
        settings_.properties = {"topic.metadata.refresh.interval.ms=1000", "retry.backoff.ms=10",
                                "topic.metadata.propagation.max.ms=500"};
        brokers_.create_topic(topic, partitions, 3);
        brokers_.create_topic("positions", 1, 3);
    }

    void start() {
        sink_ = std::make_unique<KafkaSink>(settings_);
        sink_->start(listener_, "1/1");
    }

    // Per key in order, and nothing missing; how many records are there more than once.
    std::size_t assert_all_in_order(std::uint64_t last, const std::vector<std::uint64_t>& without = {}) {
        std::map<std::string, std::vector<std::uint64_t>> by_key;
        std::map<std::string, int> partition_of;
        const auto records = brokers_.read(topic, partitions);
        for (const auto& record : records) {
            EXPECT_EQ(partition_of.try_emplace(record.key, record.partition).first->second, record.partition);
            auto& seen = by_key[record.key];
            const auto n = std::stoull(record.value.substr(5));
            if (std::ranges::find(seen, n) == seen.end()) {
                EXPECT_TRUE(seen.empty() || seen.back() < n) << record.key << ": " << n << " behind " << seen.back();
                seen.push_back(n);
            }
        }
        std::vector<std::uint64_t> arrived;
        for (const auto& [key, seen] : by_key) {
            arrived.insert(arrived.end(), seen.begin(), seen.end());
        }
        auto expected = numbers(1, last);
        std::erase_if(expected, [&](auto n) { return std::ranges::find(without, n) != without.end(); });
        std::ranges::sort(arrived);
        std::vector<std::uint64_t> missing;
        std::ranges::set_difference(expected, arrived, std::back_inserter(missing));
        EXPECT_THAT(missing, IsEmpty());
        EXPECT_EQ(arrived.size() + missing.size(), expected.size()) << "something arrived that nobody sent";
        return records.size() - arrived.size();
    }

    std::string last_position() {
        const auto positions = brokers_.read("positions", 1);
        return positions.empty() ? "" : positions.back().key + " " + positions.back().value;
    }

    MockBrokers brokers_{3};
    KafkaSettings settings_;
    RecordingListener listener_;
    std::unique_ptr<KafkaSink> sink_;
};

TEST_F(KafkaSinkTest, DeliversInOrderAndReportsInBatches) {
    start();
    sink_->push(changes(1, 5000));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 5000)));
    EXPECT_LT(listener_.delivered_calls(), 500U);
    EXPECT_EQ(assert_all_in_order(5000), 0U);
    EXPECT_THAT(listener_.reasons(), IsEmpty());
}

TEST_F(KafkaSinkTest, ARecordHasKeyTimeAndJavasPartition) {
    start();
    sink_->push(changes(1, 20));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    const auto records = brokers_.read(topic, partitions);
    ASSERT_THAT(records, SizeIs(20));
    for (const auto& record : records) {
        EXPECT_EQ(record.timestamp_ms, 1'700'000'000'123);
        EXPECT_EQ(record.partition, java_partition(record.key, partitions)) << record.key;
    }
}

TEST_F(KafkaSinkTest, WhatHasNoKeyStaysInOrderInOnePartition) {
    start();
    sink_->push(make_payloads(1, 500));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    const auto records = brokers_.read(topic, partitions);
    ASSERT_THAT(records, SizeIs(500));
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(records[i].partition, records[0].partition);
        EXPECT_EQ(records[i].value, "{\"n\":" + std::to_string(i + 1) + "}");
    }
}

TEST_F(KafkaSinkTest, MessagesHaveATopicOfTheirOwnOrAreLeftOut) {
    auto message = change(1);
    message.table = nullptr;
    start();
    sink_->push(one(message));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(brokers_.read("messages", 4), SizeIs(1));

    settings_.drop_messages = true;
    start();
    message.ticket = 2;
    sink_->push(one(message));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(brokers_.read("messages", 4), SizeIs(1));
    EXPECT_THAT(listener_.delivered_tickets(), ElementsAre(1, 2)) << "left out is delivered, not lost";
}

TEST_F(KafkaSinkTest, ABarrierIsAlone) {
    for (int broker = 1; broker <= 3; ++broker) {
        brokers_.set_round_trip(broker, 20ms);
    }
    start();
    auto payloads = changes(1, 101);
    payloads[50].is_barrier = true;
    payloads[75].lane_count = 2;
    sink_->push(std::move(payloads));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    const auto tickets = listener_.delivered_tickets();
    ASSERT_THAT(tickets, SizeIs(101));
    for (const std::size_t barrier : {50, 75}) {
        EXPECT_EQ(tickets[barrier], barrier + 1);
        for (std::size_t i = 0; i < tickets.size(); ++i) {
            EXPECT_EQ(i < barrier, tickets[i] < barrier + 1) << "ticket " << tickets[i] << " at " << i;
        }
    }
}

TEST_F(KafkaSinkTest, LeadersMoveAndNothingIsLost) {
    start();
    for (std::uint64_t round = 0; round < 10; ++round) {
        sink_->push(changes(round * 500 + 1, round * 500 + 500));
        // The mock brokers check no sequences: the new leader takes a batch while an earlier one is still on its way to
        // the old one, and librdkafka takes the answer for both. A real broker refuses it. A program that is slow meets
        // that.
        if (patience > 1)
            ASSERT_TRUE(listener_.wait_delivered(round * 500 + 500));
        for (int partition = 0; partition < partitions; ++partition) {
            brokers_.lead(topic, partition, 1 + static_cast<int>((round + static_cast<unsigned>(partition)) % 3));
        }
        ASSERT_TRUE(listener_.wait_delivered(round * 500 + 250));
    }
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 5000)));
    EXPECT_EQ(assert_all_in_order(5000), 0U) << "the idempotent producer repeats nothing";
}

TEST_F(KafkaSinkTest, BrokersThatAreAwayAreToldAndWaitedFor) {
    start();
    sink_->push(changes(1, 100));
    ASSERT_TRUE(listener_.wait_delivered(100));
    for (int broker = 1; broker <= 3; ++broker) {
        brokers_.set_down(broker);
    }
    sink_->push(changes(101, 200));
    ASSERT_TRUE(listener_.wait_for([](const auto& seen) { return !seen.reasons_.empty(); }));
    EXPECT_THAT(listener_.reasons().front(), HasSubstr("brokers have acknowledged nothing for"));
    EXPECT_THAT(listener_.halts(), IsEmpty());
    for (int broker = 1; broker <= 3; ++broker) {
        brokers_.set_up(broker);
    }
    EXPECT_TRUE(listener_.wait_delivered(200));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    assert_all_in_order(200);
}

TEST_F(KafkaSinkTest, ItEndsInTimeWhenBrokersAreAway) {
    for (int broker = 1; broker <= 3; ++broker) {
        brokers_.set_down(broker);
    }
    for (const bool exactly_once : {false, true}) {
        settings_.exactly_once = exactly_once;
        start();
        sink_->push(changes(1, 100));
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_FALSE(sink_->finish(begin + 300ms));
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
        EXPECT_THAT(listener_.delivered_tickets(), IsEmpty());
    }
}

// A broker refuses a batch: its records go again one by one, and none of them is to blame here.
TEST_F(KafkaSinkTest, NeighboursOfARefusedRecordAreDeliveredInOrder) {
    brokers_.answer(produce_request, {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    start();
    for (std::uint64_t round = 0; round < 10; ++round) {
        sink_->push(changes(round * 100 + 1, round * 100 + 100));
    }
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 1000)));
    EXPECT_THAT(listener_.refused_tickets(), IsEmpty());
    assert_all_in_order(1000);
}

TEST_F(KafkaSinkTest, ARecordThatIsRefusedAloneIsADeadLetter) {
    brokers_.answer(produce_request, {RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_RECORD});
    start();
    sink_->push(changes(1, 1));
    ASSERT_TRUE(listener_.wait_for([](const auto& seen) { return !seen.refused_.empty(); }));
    EXPECT_THAT(listener_.reasons(), Contains(HasSubstr("INVALID_RECORD")));
    sink_->push(changes(2, 100));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.refused_tickets(), ElementsAre(1));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(2, 100)));
    assert_all_in_order(100, {1});
}

TEST_F(KafkaSinkTest, ALackOfRightsStopsDelivery) {
    brokers_.answer(produce_request, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    start();
    sink_->push(changes(1, 1));
    ASSERT_TRUE(listener_.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener_.halts(), ElementsAre(HasSubstr("topic public.t: ")));
    EXPECT_THAT(listener_.halts().front(), HasSubstr("allow the user to write"));
    EXPECT_FALSE(sink_->finish(in_seconds(20))) << "what is left is not delivered";
    EXPECT_THAT(listener_.delivered_tickets(), IsEmpty());
    EXPECT_THAT(listener_.refused_tickets(), IsEmpty());
}

TEST_F(KafkaSinkTest, AProducerThatEndedHasASuccessor) {
    brokers_.answer(produce_request, {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
    start();
    for (std::uint64_t round = 0; round < 10; ++round) {
        sink_->push(changes(round * 100 + 1, round * 100 + 100));
    }
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 1000)));
    assert_all_in_order(1000);
}

TEST_F(KafkaSinkTest, AFullQueueIsWaitedFor) {
    settings_.properties.emplace_back("queue.buffering.max.messages=7");
    settings_.tombstones = true;
    start();
    auto payloads = changes(1, 500);
    for (auto& payload : payloads) {
        payload.operation = 'd';
    }
    sink_->push(std::move(payloads));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 500)));
    const auto records = brokers_.read(topic, partitions);
    ASSERT_THAT(records, SizeIs(1000));
    for (std::size_t i = 0; i < records.size(); i += 2) {
        EXPECT_TRUE(records[i].has_value);
        EXPECT_FALSE(records[i + 1].has_value)
            << "a tombstone directly behind its delete, when nothing else has the key";
        EXPECT_EQ(records[i].key, records[i + 1].key);
    }
}

TEST_F(KafkaSinkTest, TooLargeEventsFollowThePolicy) {
    settings_.max_event_bytes = 1024;
    settings_.oversize = "truncate";
    settings_.form = "envelope";
    start();
    const auto body = R"({"_op":"c","data":{"id":1,"note":")" + std::string(2000, 'x') + R"("}})";
    sink_->push(one(with_body(change(1), body)));
    sink_->push(one(with_body(change(2), "{\"_op\":\"" + std::string(2000, 'x') + "\"}")));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), ElementsAre(1));
    EXPECT_THAT(listener_.refused_tickets(), ElementsAre(2));
    const auto records = brokers_.read(topic, partitions);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].value, R"({"_op":"c","data":{"id":1},"_truncated":["data.note"]})");
}

// The mock keeps no transactions apart: what is aborted stays in its topics. That is seen with a real broker.
TEST_F(KafkaSinkTest, TransactionsCarryThePositionAndAStartGoesOnBehindIt) {
    settings_.exactly_once = true;
    start();
    sink_->push(changes(1, 97));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_EQ(assert_all_in_order(97), 0U);
    EXPECT_EQ(last_position(), R"(glassflow-collector-s-k {"stream":"1/1","transaction":"19","event_id":"0/97-0"})");

    start();
    sink_->push(changes(90, 200));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_EQ(assert_all_in_order(200), 0U) << "nothing that was there was produced again";
    auto reported = listener_.delivered_tickets();
    ASSERT_THAT(reported, SizeIs(97 + 111));
    EXPECT_THAT(std::vector(reported.begin() + 97, reported.end()), UnorderedElementsAreArray(numbers(90, 200)));
}

TEST_F(KafkaSinkTest, APositionOfAnotherStreamSaysNothing) {
    settings_.exactly_once = true;
    start();
    sink_->push(changes(1, 10));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    sink_ = std::make_unique<KafkaSink>(settings_);
    sink_->start(listener_, "1/2");
    sink_->push(changes(1, 10));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_EQ(assert_all_in_order(10), 10U) << "twice, but not lost";
}

TEST_F(KafkaSinkTest, NothingIsReportedBeforeItsTransactionIsCommitted) {
    settings_.exactly_once = true;
    start();
    brokers_.answer(end_transaction_request,
                    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS});
    sink_->push(changes(1, 50));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 50)));
    EXPECT_EQ(assert_all_in_order(50), 0U) << "a commit is tried again, not what it commits";
}

TEST_F(KafkaSinkTest, AFailedTransactionGoesAgainFromMemory) {
    settings_.exactly_once = true;
    brokers_.answer(produce_request, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    start();
    sink_->push(changes(1, 50));
    EXPECT_TRUE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), UnorderedElementsAreArray(numbers(1, 50)));
    EXPECT_THAT(listener_.refused_tickets(), IsEmpty());
    EXPECT_THAT(last_position(), HasSubstr("\"event_id\":\"0/50-0\""));
}

TEST_F(KafkaSinkTest, AFencedProducerHaltsAndReportsNothing) {
    settings_.exactly_once = true;
    start();
    sink_->push(changes(1, 10));
    ASSERT_TRUE(listener_.wait_delivered(10));
    brokers_.answer(end_transaction_request, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
    sink_->push(changes(11, 20));
    ASSERT_TRUE(listener_.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener_.halts(), ElementsAre(HasSubstr("transactional_id")));
    EXPECT_FALSE(sink_->finish(in_seconds(20)));
    EXPECT_THAT(listener_.delivered_tickets(), SizeIs(10));
}

TEST_F(KafkaSinkTest, ARightThatATransactionLacksStopsDelivery) {
    settings_.exactly_once = true;
    brokers_.answer(add_partitions_request, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    start();
    sink_->push(changes(1, 10));
    ASSERT_TRUE(listener_.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener_.halts(), ElementsAre(HasSubstr("TOPIC_AUTHORIZATION_FAILED")));
    EXPECT_THAT(listener_.delivered_tickets(), IsEmpty());
}

TEST_F(KafkaSinkTest, CheckSaysWhatIsMissing) {
    settings_.known_tables = {std::string("public\0t", 8)};
    sink_ = std::make_unique<KafkaSink>(settings_);
    EXPECT_NO_THROW(sink_->check());
    settings_.known_tables = {std::string("public\0other", 12)};
    sink_ = std::make_unique<KafkaSink>(settings_);
    try {
        sink_->check();
        FAIL() << "found a topic that is not there";
    } catch (const SinkError& error) {
        EXPECT_THAT(error.what(), HasSubstr("finds no topic public.other"));
    }
    settings_.create_topics = true;
    sink_ = std::make_unique<KafkaSink>(settings_);
    EXPECT_NO_THROW(sink_->check());
}

TEST_F(KafkaSinkTest, SettingsThatMakeNoProducerAreRefused) {
    settings_.properties = {"acks=1"};
    EXPECT_THROW(KafkaSink{settings_}, SinkError);
    settings_.properties = {"no.such=1"};
    EXPECT_THROW(KafkaSink{settings_}, SinkError);
    settings_.properties = {};
    settings_.tls_ca = "/no/such/file";
    settings_.security_protocol = "ssl";
    EXPECT_THROW(KafkaSink{settings_}, SinkError);
}

}  // namespace
}  // namespace glassflow::sink::kafka
