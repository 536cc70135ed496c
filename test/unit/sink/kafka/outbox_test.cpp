#include "sink/kafka/outbox.h"

#include <gmock/gmock.h>

#include "sink/make_payload.h"

namespace glassflow::sink::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto ok = RD_KAFKA_RESP_ERR_NO_ERROR;
constexpr auto too_large = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;

void push(Outbox& outbox, std::uint64_t ticket, bool is_barrier = false) {
    auto payload = make_payload(ticket, {ticket});
    payload.is_barrier = is_barrier;
    outbox.push(std::move(payload));
}

// Sends all that may go now; their tickets.
std::vector<std::uint64_t> send_all(Outbox& outbox, std::vector<Record*>& sent) {
    std::vector<std::uint64_t> tickets;
    while (auto* const record = outbox.next()) {
        tickets.push_back(record->payload.ticket);
        outbox.sent(*record, 1);
        sent.push_back(record);
    }
    return tickets;
}

std::vector<std::uint64_t> acknowledged(Outbox& outbox) {
    std::vector<Payload> payloads;
    outbox.take_acknowledged(payloads);
    std::vector<std::uint64_t> tickets;
    for (const auto& payload : payloads) {
        tickets.push_back(payload.ticket);
    }
    return tickets;
}

TEST(KafkaOutbox, ManyGoAtOnceInTheirOrder) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1), push(outbox, 2), push(outbox, 3);
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(1, 2, 3));
    outbox.reported(*sent[1], ok);
    EXPECT_THAT(acknowledged(outbox), ElementsAre(2)) << "a slow partition holds up no other";
    EXPECT_EQ(outbox.size(), 2U);
    outbox.reported(*sent[0], ok), outbox.reported(*sent[2], ok);
    EXPECT_THAT(acknowledged(outbox), ElementsAre(1, 3));
    EXPECT_EQ(outbox.size(), 0U);
    EXPECT_EQ(outbox.under_way(), 0U);
}

TEST(KafkaOutbox, ABarrierGoesAlone) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1), push(outbox, 2, true), push(outbox, 3);
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(1)) << "what is before it is not there yet";
    outbox.reported(*sent[0], ok);
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(2)) << "nothing is under way with it";
    EXPECT_TRUE(outbox.is_alone());
    outbox.reported(*sent[1], ok);
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(3));
}

TEST(KafkaOutbox, APayloadInTwoLanesIsABarrier) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1);
    outbox.push(make_payload(2, {7, 8}));
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(1));
}

TEST(KafkaOutbox, ARecordIsThereWhenItsTombstoneIs) {
    Outbox outbox;
    push(outbox, 1);
    auto* const record = outbox.next();
    outbox.sent(*record, 2);
    outbox.reported(*record, ok);
    EXPECT_THAT(acknowledged(outbox), IsEmpty());
    outbox.reported(*record, ok);
    EXPECT_THAT(acknowledged(outbox), ElementsAre(1));

    push(outbox, 2);
    auto* const other = outbox.next();
    outbox.sent(*other, 2);
    outbox.reported(*other, too_large);
    outbox.reported(*other, ok);
    EXPECT_THAT(outbox.failed(), ElementsAre(other)) << "one of two is not there";
}

TEST(KafkaOutbox, WhatIsNotSettledGoesAgainInItsOrder) {
    Outbox outbox;
    std::vector<Record*> sent;
    for (std::uint64_t ticket = 1; ticket <= 6; ++ticket) {
        push(outbox, ticket);
    }
    for (int i = 0; i < 5; ++i) {
        sent.push_back(outbox.next());
        outbox.sent(*sent.back(), 1);
    }
    outbox.reported(*sent[1], ok);
    outbox.reported(*sent[2], too_large);
    outbox.reported(*sent[3], ok);
    EXPECT_THAT(acknowledged(outbox), ElementsAre(2, 4));
    EXPECT_EQ(outbox.settle(*sent[2]).ticket, 3U);
    outbox.rewind();
    std::vector<Record*> again;
    EXPECT_THAT(send_all(outbox, again), ElementsAre(1, 5, 6));
    EXPECT_THAT(outbox.failed(), IsEmpty());
}

TEST(KafkaOutbox, AcknowledgedRecordsOfAnAbortedTransactionGoAgain) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1), push(outbox, 2);
    send_all(outbox, sent);
    outbox.reported(*sent[0], ok), outbox.reported(*sent[1], ok);
    outbox.rewind();
    EXPECT_THAT(acknowledged(outbox), IsEmpty());
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(1, 2));
}

TEST(KafkaOutbox, ASuspectGoesAlone) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1), push(outbox, 2), push(outbox, 3);
    send_all(outbox, sent);
    for (auto* const record : sent) {
        outbox.reported(*record, too_large);
    }
    sent[1]->is_suspect = true;
    outbox.rewind();
    std::vector<Record*> again;
    EXPECT_THAT(send_all(outbox, again), ElementsAre(1));
    outbox.reported(*again[0], ok);
    EXPECT_THAT(send_all(outbox, again), ElementsAre(2));
    outbox.reported(*again[1], ok);
    EXPECT_THAT(send_all(outbox, again), ElementsAre(3));
}

TEST(KafkaOutbox, TheNextMayBeSettledWithoutBeingSent) {
    Outbox outbox;
    std::vector<Record*> sent;
    push(outbox, 1), push(outbox, 2);
    EXPECT_EQ(outbox.settle(*outbox.next()).ticket, 1U);
    EXPECT_THAT(send_all(outbox, sent), ElementsAre(2));
}

TEST(KafkaOutbox, SettledRecordsGiveTheirMemoryBackAtOnce) {
    Outbox outbox;
    std::vector<Record*> sent;
    std::weak_ptr<const void> memory;
    {
        auto payload = make_payload(2);
        memory = payload.memory;
        push(outbox, 1);
        outbox.push(std::move(payload));
    }
    send_all(outbox, sent);
    outbox.reported(*sent[1], ok);
    EXPECT_THAT(acknowledged(outbox), ElementsAre(2));
    EXPECT_TRUE(memory.expired()) << "although the one before it is still under way";
}

}  // namespace
}  // namespace glassflow::sink::kafka
