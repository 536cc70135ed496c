#include "decode/pgoutput_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "decode/captured_messages.h"

namespace glassflow::decode {
namespace {

using test::captured_messages;
using test::decode_all;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t mebibyte = 1 << 20;

// LSNs, xids, oids and times are those of the day it was captured.
std::string without_places(std::string event) {
    event = std::regex_replace(event, std::regex("[0-9A-F]+/[0-9A-F]+"), "LSN");
    event = std::regex_replace(event, std::regex("^begin .*"), "begin");
    return std::regex_replace(event, std::regex("^relation [0-9]+"), "relation");
}

std::vector<std::string> events_of(const std::string& name) {
    PgoutputDecoder decoder({.memory_bytes = mebibyte});
    std::vector<std::string> events = decode_all(decoder, captured_messages(name));
    std::ranges::transform(events, events.begin(), without_places);
    return events;
}

// Messages, written as the protocol has them.
class Message {
public:
    explicit Message(char tag) { bytes_ += tag; }
    Message& byte(int value) { return number(static_cast<std::uint64_t>(value), 1); }
    Message& int16(int value) { return number(static_cast<std::uint64_t>(value), 2); }
    Message& int32(std::int64_t value) { return number(static_cast<std::uint64_t>(value), 4); }
    Message& int64(std::int64_t value) { return number(static_cast<std::uint64_t>(value), 8); }
    Message& text(std::string_view value) {
        bytes_ += value;
        return byte(0);
    }
    Message& value(char kind, std::string_view content) {
        byte(kind).int32(static_cast<std::int64_t>(content.size()));
        bytes_ += content;
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

private:
    Message& number(std::uint64_t value, int count) {
        for (int i = count - 1; i >= 0; --i)
            bytes_ += static_cast<char>(value >> (8 * i));
        return *this;
    }
    std::string bytes_;
};

Message begin(std::int64_t lsn = 1000, std::int64_t xid = 7) {
    return Message('B').int64(lsn).int64(1).int32(xid);
}
Message commit(std::int64_t lsn = 1000) {
    return Message('C').byte(0).int64(lsn).int64(lsn + 48).int64(1);
}
// Table 5: id integer (the key), t text; in a stream with the xid.
Message relation(std::optional<std::int64_t> xid = {}, std::string_view table = "t") {
    Message message('R');
    if (xid)
        message.int32(*xid);
    return message.int32(5)
        .text("public")
        .text(table)
        .byte('d')
        .int16(2)
        .byte(1)
        .text("id")
        .int32(23)
        .int32(-1)
        .byte(0)
        .text("t")
        .int32(25)
        .int32(-1);
}
Message insert(const std::string& id, std::optional<std::int64_t> xid = {}) {
    Message message('I');
    if (xid)
        message.int32(*xid);
    return message.int32(5).byte('N').int16(2).value('t', id).byte('n');
}

class Session {
public:
    explicit Session(std::uint64_t max_bytes = mebibyte) : decoder_({.memory_bytes = max_bytes}) {}
    Session& take(const Message& message, std::uint64_t start = 0) {
        decoder_.decode(message.bytes(), event::Lsn{start}, recorder_);
        return *this;
    }
    std::string refusal(const Message& message) { return test::refusal(decoder_, message.bytes()); }
    const std::vector<std::string>& events() const { return recorder_.events; }
    PgoutputDecoder& decoder() { return decoder_; }

private:
    PgoutputDecoder decoder_;
    test::EventRecorder recorder_;
};

TEST(PgoutputDecoder, TellsWhatARealServerSent) {
    const auto events = events_of("pgoutput");
    ASSERT_GT(events.size(), 30u);
    EXPECT_THAT(
        std::vector(events.begin(), events.begin() + 11),
        ElementsAre("relation public.plain d id:bigint* t:text n:numeric(10,2) b:boolean d:date at:timestamp with time "
                    "zone m:public.mood p:numeric",
                    "begin", "insert plain LSN-0 new(1, 'Ann', '12.50', true, 8825, 762525296500000, 'fine', '1.5000')",
                    "insert plain LSN-0 new(2, null, null, null, null, null, null, null)", "commit LSN LSN", "begin",
                    "update plain LSN-0 new(1, 'ä€', '12.50', true, 8825, 762525296500000, 'fine', '1.5000')",
                    "update plain LSN-0 new(10, null, null, null, null, null, null, null) old(2, null, null, null, "
                    "null, null, null, null)",
                    "delete plain LSN-0 old(1, null, null, null, null, null, null, null)", "commit LSN LSN",
                    "relation public.whole f id:integer t:text"));
    EXPECT_THAT(events, testing::Contains("truncate plain LSN-0 restart"));
    EXPECT_THAT(events, testing::Contains("truncate whole LSN-1 restart"));
    EXPECT_THAT(events, testing::Contains("message LSN at once app alone"));
}

TEST(PgoutputDecoder, ReadsBinaryValuesOfManyTypes) {
    const auto events = events_of("pgoutput_binary");
    EXPECT_THAT(
        events,
        testing::Contains(
            "insert many LSN-0 new(1, -3, real:0x1.8p+0, real:-0x1.999999999999ap-4, x00ff, "
            "xa0eebc999c0b4ef8bb6d6bb9bd380a11, -64464465600000000, 86400000000, [45296500000, -19800], [14, -3, "
            "14706700000], '{\"a\": 1}', '{\"b\": [1.50, null]}', x05a0, x00, x080a000001, x080a000000, x08002b010203, "
            "[[2, 1, 2, 1], 1, 2, 3, null], [[2, 0], 'a', 'b c'], [2, 1, 5], 'LSN', '(1,2)', "
            "'18446744073709551615', 'x', [[2, 1, 3], [18, 5]], 'n', 'v', 'c    ')"));
    EXPECT_THAT(events, testing::Contains(HasSubstr("insert plain LSN-0 new(1, 'Ann', '12.50', true, 8825, "
                                                    "762525296500000, 'fine', '1.5000')")));
}

TEST(PgoutputDecoder, ATransactionInProgressIsToldWhenItCommits) {
    const auto messages = captured_messages("pgoutput_streaming");
    const auto count = [&](char tag) {
        return std::ranges::count_if(messages, [tag](const auto& one) { return one.message.front() == tag; });
    };
    ASSERT_GE(count('S'), 2) << "nothing was streamed: this test proves nothing";
    ASSERT_GE(count('A'), 1) << "no subtransaction was rolled back in a stream";
    const auto events = events_of("pgoutput_streaming");
    const auto rows = std::ranges::count_if(events, [](const std::string& e) { return e.starts_with("insert whole"); });
    EXPECT_EQ(rows, 2 + 200);
    EXPECT_FALSE(std::ranges::any_of(events, [](const std::string& e) { return e.find("yyyy") != std::string::npos; }));
}

TEST(PgoutputDecoder, CountsTheChangesOfOneRecord) {
    Session session;
    session.take(relation()).take(begin()).take(insert("1"), 0x10).take(insert("2"), 0x10).take(insert("3"), 0x20);
    session.take(commit()).take(begin(2000)).take(insert("4"), 0x20).take(commit(2000));
    EXPECT_THAT(session.events(), testing::Contains("insert t 0/10-1 new(2, null)"));
    EXPECT_THAT(session.events(), testing::Contains("insert t 0/20-0 new(3, null)"));
    EXPECT_THAT(session.events(), testing::Contains("insert t 0/20-0 new(4, null)"));
}

TEST(PgoutputDecoder, ATransactionWithoutChangesIsNotTold) {
    Session session;
    session.take(begin()).take(commit());
    EXPECT_THAT(session.events(), ElementsAre());
}

TEST(PgoutputDecoder, WhatASubtransactionDidIsDroppedButNotWhatItDescribed) {
    Session session;
    session.take(Message('S').int32(7).byte(1)).take(relation(8)).take(insert("1", 8)).take(insert("2", 7));
    session.take(Message('E')).take(Message('A').int32(7).int32(8));
    session.take(Message('S').int32(7).byte(0)).take(insert("3", 9)).take(Message('E'));
    session.take(Message('c').int32(7).byte(0).int64(500).int64(548).int64(1));
    EXPECT_THAT(session.events(),
                ElementsAre("relation 5 public.t d id:integer* t:text", "begin 7 0/1F4 1",
                            "insert t 0/0-0 new(2, null)", "insert t 0/0-1 new(3, null)", "commit 0/1F4 0/224"));
}

TEST(PgoutputDecoder, ATableMayBeDescribedAgain) {
    Session session;
    session.take(relation())
        .take(begin())
        .take(insert("1"))
        .take(relation({}, "renamed"))
        .take(insert("2"))
        .take(commit());
    EXPECT_THAT(session.events(), testing::Contains("insert renamed 0/0-1 new(2, null)"));
}

TEST(PgoutputDecoder, AnAbortedTransactionIsForgotten) {
    Session session;
    session.take(Message('S').int32(7).byte(1)).take(relation(7)).take(insert("1", 7)).take(Message('E'));
    session.take(Message('A').int32(7).int32(7).int64(1).int64(1));  // as streams applied in parallel tell it
    EXPECT_THAT(session.refusal(Message('c').int32(7).byte(0).int64(500).int64(548).int64(1)),
                HasSubstr("commit of a stream that has not begun"));
    EXPECT_THAT(session.events(), ElementsAre());
}

TEST(PgoutputDecoder, HoldsNoMoreThanItsBudget) {
    Session session(100'000);
    session.take(Message('S').int32(7).byte(1)).take(relation(7));
    const std::string large(70'000, 'x');
    try {
        session.take(Message('I').int32(7).int32(5).byte('N').int16(2).value('t', "1").value('t', large));
        FAIL() << "held";
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.kind(), DecodeError::Kind::over_budget);
        EXPECT_THAT(error.hint(), HasSubstr("source.streaming"));
    }
}

TEST(PgoutputDecoder, RefusesWhatTheProtocolDoesNotAllow) {
    EXPECT_THAT(Session().refusal(insert("1")), HasSubstr("unknown relation 5"));
    EXPECT_THAT(Session().refusal(commit()), HasSubstr("commit outside a transaction"));
    EXPECT_THAT(Session().refusal(Message('x')), HasSubstr("unknown tag 120"));
    EXPECT_THAT(Session().refusal(Message('P')), HasSubstr("prepared"));
    EXPECT_THAT(Session().refusal(Message('E')), HasSubstr("has not begun"));
    EXPECT_THAT(Session().take(begin()).refusal(begin()), HasSubstr("begin inside a transaction"));
    EXPECT_THAT(Session().take(begin()).refusal(commit(2)), HasSubstr("another transaction"));
    EXPECT_THAT(Session().take(relation()).refusal(insert("1")), HasSubstr("change outside a transaction"));
    EXPECT_THAT(Session().take(relation()).take(begin()).refusal(insert("one")), HasSubstr("none of type integer"));
    EXPECT_THAT(Session().refusal(Message('E').byte(0)), HasSubstr("has not begun"));
    Session session;
    session.take(Message('S').int32(7).byte(1));
    EXPECT_THAT(session.refusal(begin()), HasSubstr("cannot be in a stream"));
}

TEST(PgoutputDecoder, HostileMessagesAreRefused) {
    for (const char* name : {"pgoutput", "pgoutput_binary", "pgoutput_streaming"})
        test::expect_hostile_messages_to_be_refused(captured_messages(name),
                                                    [] { return PgoutputDecoder({.memory_bytes = mebibyte}); });
}

}  // namespace
}  // namespace glassflow::decode
