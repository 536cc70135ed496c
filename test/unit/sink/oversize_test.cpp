#include "sink/oversize.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

namespace glassflow::sink {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string large(1000, 'a');
const std::string middle(300, 'b');

bool is_object(const std::string& text) {
    rapidjson::Document document;
    document.Parse(text.c_str());
    return !document.HasParseError() && document.IsObject();
}

TEST(Oversize, TheLargestValuesOfAnEnvelopeGo) {
    const auto event = R"({"_op":"u","_event_id":"0/1-0","data":{"id":"7","note":")" + large +
                       R"(","n":123456789012345678901234567890.10,"m":")" + middle +
                       R"("},"before":{"id":"7","note":")" + large + R"("}})";
    const auto shorter = without_largest_values(event, R"({"id":"7"})", EventShape::envelope, 600);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter,
              R"({"_op":"u","_event_id":"0/1-0","data":{"id":"7","n":123456789012345678901234567890.10,"m":")" +
                  middle + R"("},"before":{"id":"7"},"_truncated":["data.note","before.note"]})");
}

TEST(Oversize, NoMoreGoesThanMust) {
    const auto event = R"({"data":{"a":")" + large + R"(","b":")" + large + R"(","c":1}})";
    const auto shorter = without_largest_values(event, "", EventShape::envelope, 1200);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter, R"({"data":{"b":")" + large + R"(","c":1},"_truncated":["data.a"]})");
}

TEST(Oversize, TheKeyStaysEvenIfItIsTheLargest) {
    const auto event = R"({"data":{"id":")" + large + R"(","b":")" + middle + R"("}})";
    const auto shorter = without_largest_values(event, R"({"id":")" + large + R"("})", EventShape::envelope, 1200);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter, R"({"data":{"id":")" + large + R"("},"_truncated":["data.b"]})");
    EXPECT_EQ(without_largest_values(event, R"({"id":")" + large + R"("})", EventShape::envelope, 900), std::nullopt);
}

TEST(Oversize, ColumnsOfWal2jsonGoWhole) {
    const auto event = R"({"action":"U","schema":"s","table":"t","columns":[{"name":"id","type":"integer","value":7},)"
                       R"({"name":"doc","type":"text","value":")" +
                       large + R"("}],"identity":[{"name":"id","type":"integer","value":7}]})";
    const auto shorter = without_largest_values(event, R"({"id":7})", EventShape::wal2json, 400);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter,
              R"({"action":"U","schema":"s","table":"t","columns":[{"name":"id","type":"integer","value":7}],)"
              R"("identity":[{"name":"id","type":"integer","value":7}],"_truncated":["columns.doc"]})");
}

TEST(Oversize, FlatColumnsBecomeEmptyBecauseReadersDemandThem) {
    const auto event = R"({"_op":"c","_event_id":"0/1-0","id":7,"s":")" + large + R"(","a":[")" + large +
                       R"("],"o":{"k":")" + large + R"("},"n":5})";
    const auto shorter = without_largest_values(event, R"({"id":7})", EventShape::flat, 200);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter, R"({"_op":"c","_event_id":"0/1-0","id":7,"s":"","a":[],"o":{},"n":5,)"
                        R"("_truncated":["o","a","s"]})");
}

TEST(Oversize, ColumnsOfARowGo) {
    const auto shorter =
        without_largest_values(R"({"id":7,"s":")" + large + R"("})", R"({"id":7})", EventShape::row, 100);
    EXPECT_EQ(shorter, R"({"id":7,"_truncated":["s"]})");
}

TEST(Oversize, NamesAndValuesOfAnyKindAreUnderstood) {
    const auto event = R"({"_x":"}\"]","data":{"a\"b":")" + large +
                       R"(\"\\","t":true,"z":null,"e":"","o":{"]":["}"]},)"
                       R"("\u00e4":"\ud83d\ude00"}})";
    const auto shorter = without_largest_values(event, "", EventShape::envelope, 300);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(*shorter, R"({"_x":"}\"]","data":{"t":true,"z":null,"e":"","o":{"]":["}"]},"\u00e4":"\ud83d\ude00"},)"
                        R"("_truncated":["data.a\"b"]})");
}

TEST(Oversize, BlanksBetweenAreNoTrouble) {
    const auto event = " { \"data\" : { \"a\" : \"" + large + "\" , \"b\" : [ 1 , 2 ] } } ";
    EXPECT_EQ(without_largest_values(event.substr(1), "", EventShape::envelope, 100),
              R"({"data":{"b" : [ 1 , 2 ]},"_truncated":["data.a"]})");
}

TEST(Oversize, WhatIsNoEventIsNotTouched) {
    for (const std::string& event :
         {std::string(), std::string("[1,2]"), std::string("{\"a\":"), std::string("nonsense")}) {
        EXPECT_EQ(without_largest_values(event, "", EventShape::envelope, 10), std::nullopt) << event;
    }
    EXPECT_EQ(without_largest_values("{\"data\":" + std::string(100'000, '[') + "}", "", EventShape::envelope, 10),
              std::nullopt);
}

TEST(Oversize, DeepNestingDoesNotUseUpTheStack) {
    const auto event = "{\"data\":{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + ",\"b\":1}}";
    EXPECT_EQ(without_largest_values(event, "", EventShape::envelope, 100),
              R"({"data":{"b":1},"_truncated":["data.a"]})");
}

// Whatever the limit: no result, or one that is JSON and keeps to it.
TEST(Oversize, AResultIsAlwaysJsonAndSmallEnough) {
    std::string event = R"({"_op":"u","data":{"id":1)";
    for (int i = 0; i < 40; ++i) {
        event += ",\"column_" + std::to_string(i) + "\":\"" + std::string(static_cast<std::size_t>(i * 7), 'x') + "\"";
    }
    event += R"(},"before":null})";
    int count = 0;
    for (std::size_t limit = 10; limit < event.size(); limit += 13) {
        if (const auto shorter = without_largest_values(event, R"({"id":1})", EventShape::envelope, limit)) {
            ++count;
            EXPECT_LE(shorter->size(), limit);
            EXPECT_TRUE(is_object(*shorter)) << *shorter;
            EXPECT_THAT(*shorter, HasSubstr(R"("id":1)"));
            EXPECT_THAT(*shorter, HasSubstr("\"before\":null"));
        }
    }
    EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace glassflow::sink
