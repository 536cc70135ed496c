// What is written of a refused payload is enough to deliver it again.
#include "delivery/dead_letter_line.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sink/make_payload.h"

namespace glassflow::delivery {
namespace {

DeadLetter read_back(const sink::Payload& payload) {
    const std::string line = dead_letter_line(payload, "2026-11-25T10:00:00.000Z", "files", "too \"large\"");
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    auto letter = parse_dead_letter(std::string_view(line).substr(0, line.size() - 1));
    EXPECT_TRUE(letter);
    return letter.value_or(DeadLetter());
}

TEST(DeadLetterLine, EverythingComesBack) {
    sink::Payload payload = sink::make_payload(sink::PayloadText{.body = "{\"note\":\"a\\nb\"}",
                                                                 .event_id = "16/B374D848-3",
                                                                 .key = "{\"id\":\"7\"}",
                                                                 .table = {.schema = "s\"", .name = "t\xC3\xA4"}});
    payload.operation = 'u';
    payload.commit_time_us = 1'709'210'096'123'456;
    payload.version = 18'446'744'073'709'551'615u;
    const auto letter = std::make_shared<const DeadLetter>(read_back(payload));
    EXPECT_EQ(letter->sink, "files");
    EXPECT_EQ(letter->reason, "too \"large\"");
    const sink::Payload again = payload_of(letter);
    EXPECT_EQ(again.body, payload.body);
    EXPECT_EQ(again.event_id, payload.event_id);
    EXPECT_EQ(again.key, payload.key);
    ASSERT_NE(again.table, nullptr);
    EXPECT_EQ(again.table->schema, "s\"");
    EXPECT_EQ(again.table->name, "t\xC3\xA4");
    EXPECT_EQ(again.operation, 'u');
    EXPECT_EQ(again.commit_time_us, payload.commit_time_us);
    EXPECT_EQ(again.version, payload.version);
}

TEST(DeadLetterLine, AMessageHasNeitherTableNorKey) {
    sink::Payload payload = sink::make_payload(sink::PayloadText{.body = "{}", .event_id = "0/1-0m"});
    payload.table = nullptr;
    payload.operation = 'm';
    const auto letter = std::make_shared<const DeadLetter>(read_back(payload));
    EXPECT_FALSE(letter->table);
    EXPECT_EQ(payload_of(letter).table, nullptr);
    EXPECT_EQ(payload_of(letter).key, "");
}

TEST(DeadLetterLine, WhatIsNoLetterIsNone) {
    for (const char* line : {"", "{", "[]", "{}", "{\"payload\":1}", "null", "{\"payload\":\"x\"} and more"})
        EXPECT_FALSE(parse_dead_letter(line)) << line;
    EXPECT_TRUE(parse_dead_letter("{\"payload\":\"x\"}"));
}

}  // namespace
}  // namespace glassflow::delivery
