#include "sink/kafka/properties.h"

#include <gmock/gmock.h>

#include "sink/kafka/client.h"
#include "sink/sink.h"

namespace glassflow::sink::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::string problem(const std::string& text, bool is_secret = false) {
    try {
        parse_properties({text}, is_secret);
    } catch (const SinkError& error) {
        return std::string(error.what()) + " " + error.hint();
    }
    return "";
}

TEST(KafkaProperties, ArePassedOn) {
    EXPECT_THAT(parse_properties({"socket.send.buffer.bytes=1", "client.rack=a=b", "debug="}, false),
                ElementsAre(Pair("socket.send.buffer.bytes", "1"), Pair("client.rack", "a=b"), Pair("debug", "")));
}

TEST(KafkaProperties, WhatWouldBreakThePromiseIsRefusedWithTheReason) {
    for (const auto* const name :
         {"acks", "request.required.acks", "enable.idempotence", "retries", "message.timeout.ms", "delivery.timeout.ms",
          "partitioner", "transactional.id", "isolation.level", "enable.gapless.guarantee",
          "sticky.partitioning.linger.ms", "queuing.strategy"}) {
        EXPECT_THAT(problem(std::string(name) + "=1"), HasSubstr(std::string("properties holds ") + name));
        EXPECT_THAT(problem(std::string(name) + "=1", true), HasSubstr(name)) << "not by the other way either";
    }
    EXPECT_THAT(problem("acks=1"), HasSubstr("always all"));
    EXPECT_THAT(problem("linger.ms=1"), HasSubstr("Set linger instead"));
}

TEST(KafkaProperties, ASecretMustComeAsOneAndIsNeverRepeated) {
    EXPECT_THAT(problem("ssl.key.pem=hunter2"), HasSubstr("secret_properties"));
    EXPECT_THAT(problem("ssl.key.pem=hunter2"), Not(HasSubstr("hunter2")));
    EXPECT_EQ(problem("ssl.key.pem=hunter2", true), "");
    EXPECT_THAT(problem("no property hunter2"), Not(HasSubstr("hunter2")));
}

TEST(KafkaClient, SecretsAreTakenOutOfWhatIsShown) {
    KafkaSettings settings;
    settings.sasl_password = "s3cret";
    settings.secret_properties = {"sasl.oauthbearer.client.secret=other"};
    const ClientFactory factory(settings);
    EXPECT_EQ(factory.without_secrets("user s3cret, s3crets3cret and other"), "user ***, ****** and ***");
}

TEST(KafkaClient, WhatLibrdkafkaDoesNotTakeIsTold) {
    KafkaSettings settings;
    settings.name = "k";
    settings.brokers = {"127.0.0.1:1"};
    settings.secret_properties = {"no.such.property=hunter2"};
    const ClientFactory factory(settings);
    try {
        Client client(factory, RD_KAFKA_PRODUCER, factory.producer_properties(), nullptr);
        FAIL() << "was taken";
    } catch (const SinkError& error) {
        EXPECT_THAT(error.what(), HasSubstr("no.such.property"));
        EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
    }
}

// The promise, read back from what librdkafka has been set to.
TEST(KafkaClient, ProducersAreIdempotentAndNeverGiveUp) {
    for (const bool exactly_once : {false, true}) {
        KafkaSettings settings;
        settings.name = "k";
        settings.slot = "s";
        settings.brokers = {"127.0.0.1:1"};
        settings.exactly_once = exactly_once;
        const ClientFactory factory(settings);
        Client client(factory, RD_KAFKA_PRODUCER, factory.producer_properties(), nullptr);
        const auto value = [&](const char* name) {
            char text[128] = "";
            std::size_t size = sizeof text;
            const auto found = rd_kafka_conf_get(rd_kafka_conf(client.handle()), name, text, &size);
            return found == RD_KAFKA_CONF_OK ? std::string(text) : std::string();  // one that is not set is not found
        };
        EXPECT_EQ(value("enable.idempotence"), "true");
        EXPECT_EQ(value("acks"), "-1");
        EXPECT_EQ(value("message.timeout.ms"), "0");
        EXPECT_EQ(value("sticky.partitioning.linger.ms"), "0");
        EXPECT_EQ(value("enable.gapless.guarantee"), exactly_once ? "false" : "true");
        EXPECT_EQ(value("transactional.id"), exactly_once ? "glassflow-collector-s-k" : "");
    }
}

}  // namespace
}  // namespace glassflow::sink::kafka
