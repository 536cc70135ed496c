// What it writes is what RapidJSON reads.
#include "format/json_writer.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <random>
#include <string>

namespace glassflow::format {
namespace {

TEST(JsonWriter, Nested) {
    JsonWriter writer;
    writer.begin_object();
    writer.field("a", "b");
    writer.key("list");
    writer.begin_array();
    writer.integer(-1);
    writer.null();
    writer.begin_object();
    writer.end_object();
    writer.begin_array();
    writer.end_array();
    writer.boolean(false);
    writer.end_array();
    writer.key("number");
    writer.number("1.50");
    writer.key("large");
    writer.unsigned_integer(18446744073709551615u);
    writer.end_object();
    EXPECT_EQ(writer.take(), R"({"a":"b","list":[-1,null,{},[],false],"number":1.50,"large":18446744073709551615})");
}

TEST(JsonWriter, TakesTheNextObjectInPlaceOfTheLast) {
    JsonWriter writer;
    for (const char* text : {"one", "two"}) {
        writer.begin_object();
        writer.field("text", text);
        writer.end_object();
        EXPECT_EQ(writer.take(), std::string(R"({"text":")") + text + R"("})");
    }
    writer.begin_object();
    writer.key("begun");
    writer.clear();
    writer.begin_object();
    writer.end_object();
    EXPECT_EQ(writer.take(), "{}");
}

TEST(JsonWriter, EscapesWhatMustBeEscapedAndNothingElse) {
    JsonWriter writer;
    writer.begin_object();
    writer.field("\"\\/", std::string("\0\x01\b\f\n\r\t\x1F \x7F\xC3\xA9", 12));
    writer.end_object();
    EXPECT_EQ(writer.take(), "{\"\\\"\\\\/\":\"\\u0000\\u0001\\b\\f\\n\\r\\t\\u001F \x7F\xC3\xA9\"}");
}

// Every length and position within the eight characters that are looked at together.
TEST(JsonWriter, RandomTextComesBack) {
    std::mt19937 random(7);
    const std::string alphabet = std::string("\0\x1F\x20\x21\"#[\\]\x7E\x7F", 11) + "aaaaaaaaaaaaaaaa";
    JsonWriter writer;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::size_t length = random() % 40; text.size() < length;)
            text += random() % 8 == 0 ? "\xF0\x9F\x90\x98" : alphabet.substr(random() % alphabet.size(), 1);
        writer.begin_object();
        writer.field(text, text);
        writer.end_object();
        rapidjson::Document document;
        const std::string_view json = writer.take();
        document.Parse(json.data(), json.size());
        ASSERT_FALSE(document.HasParseError()) << json;
        const auto& member = *document.MemberBegin();
        ASSERT_EQ(std::string(member.name.GetString(), member.name.GetStringLength()), text);
        ASSERT_EQ(std::string(member.value.GetString(), member.value.GetStringLength()), text);
    }
}

}  // namespace
}  // namespace glassflow::format
