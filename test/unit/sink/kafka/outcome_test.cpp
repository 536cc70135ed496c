#include "sink/kafka/outcome.h"

#include <gmock/gmock.h>

namespace glassflow::sink::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(KafkaOutcome, OfEachKindOfError) {
    const auto of = [](rd_kafka_resp_err_t error) { return classify(error, false); };
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_NO_ERROR), Outcome::delivered);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), Outcome::refused);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_INVALID_RECORD), Outcome::refused);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), Outcome::missing_topic);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), Outcome::halt);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED), Outcome::halt);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS), Outcome::retry);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE), Outcome::retry);
    EXPECT_EQ(of(RD_KAFKA_RESP_ERR__TRANSPORT), Outcome::retry);
}

TEST(KafkaOutcome, WhatNobodyThoughtOfIsTriedAgain) {
    EXPECT_EQ(classify(static_cast<rd_kafka_resp_err_t>(12345), false), Outcome::retry);
    EXPECT_EQ(classify(static_cast<rd_kafka_resp_err_t>(12345), true), Outcome::retry);
}

TEST(KafkaOutcome, AFencedProducerHasASuccessorOnlyWithATransactionalId) {
    EXPECT_EQ(classify(RD_KAFKA_RESP_ERR__FENCED, true), Outcome::halt);
    EXPECT_EQ(classify(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, true), Outcome::halt);
    EXPECT_EQ(classify(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, false), Outcome::retry);
}

TEST(KafkaOutcome, AnEndSaysWhatToDo) {
    EXPECT_THAT(describe(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "t"),
                AllOf(HasSubstr("topic t: "), HasSubstr("TOPIC_AUTHORIZATION_FAILED"), HasSubstr("allow the user")));
    EXPECT_THAT(describe(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "t"), HasSubstr("create_topics"));
}

}  // namespace
}  // namespace glassflow::sink::kafka
