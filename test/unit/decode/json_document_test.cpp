#include "decode/json_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode/decode_error.h"
#include "decode/frame_builder.h"

namespace glassflow::decode {
namespace {

using test::FrameBuilder;
using testing::HasSubstr;
using wire::Extension;

std::string text_of(const FrameBuilder& builder) {
    const std::string frame = builder.frame();
    FrameCursor cursor(frame);
    std::string text;
    append_json_document(cursor, text);
    EXPECT_TRUE(cursor.at_end());
    return text;
}

std::string refusal(const FrameBuilder& builder) {
    try {
        return "read as " + text_of(builder);
    } catch (const DecodeError& error) {
        return error.what();
    }
}

// What PostgreSQL printed for the same documents.
TEST(JsonDocument, IsWhatPostgresPrints) {
    EXPECT_EQ(text_of(FrameBuilder().array(0)), "[]");
    EXPECT_EQ(text_of(FrameBuilder().map(0)), "{}");
    EXPECT_EQ(text_of(FrameBuilder().array(4).boolean(true).boolean(false).nil().str("")),
              R"([true, false, null, ""])");
    EXPECT_EQ(
        text_of(FrameBuilder().map(2).str("a").map(1).str("").array(0).str("b").array(2).number(1).array(1).number(2)),
        R"({"a": {"": []}, "b": [1, [2]]})");
    EXPECT_EQ(text_of(FrameBuilder().map(2).str("a").number(1).str("a").number(2)), R"({"a": 1, "a": 2})");
}

TEST(JsonDocument, NumbersKeepTheirDigits) {
    FrameBuilder numbers;
    numbers.array(6).signed_number(-1).signed_number(INT64_MIN).number(~std::uint64_t{0});
    numbers.extension(Extension::json_number, "1.500")
        .extension(Extension::json_number, "-0.00")
        .extension(Extension::json_number, "12345678901234567890123");
    EXPECT_EQ(text_of(numbers),
              "[-1, -9223372036854775808, 18446744073709551615, 1.500, -0.00, 12345678901234567890123]");
}

TEST(JsonDocument, StringsAreEscapedAsPostgresDoes) {
    EXPECT_EQ(text_of(FrameBuilder().array(1).str("\"\\/\b\f\n\r\t\x01\x1f\x7f\u00e9\U0001F600")),
              "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\u00e9\U0001F600\"]");
    EXPECT_EQ(text_of(FrameBuilder().map(1).str("\n\"").nil()), R"({"\n\"": null})");
}

TEST(JsonDocument, RefusesWhatIsNoDocument) {
    EXPECT_THAT(refusal(FrameBuilder().array(1).float64(1.5)), HasSubstr("binary or float in a document"));
    EXPECT_THAT(refusal(FrameBuilder().array(1).float32(1.5f)), HasSubstr("binary or float in a document"));
    EXPECT_THAT(refusal(FrameBuilder().array(1).bin("x")), HasSubstr("binary or float in a document"));
    EXPECT_THAT(refusal(FrameBuilder().map(1).number(1).number(1)),
                HasSubstr("expected a string for key in a document"));
    EXPECT_THAT(refusal(FrameBuilder().map(1).bin("k").number(1)),
                HasSubstr("expected a string for key in a document"));
    EXPECT_THAT(refusal(FrameBuilder().array(1).extension(Extension::infinity, "\x01")), HasSubstr("no number"));
    EXPECT_THAT(refusal(FrameBuilder().array(1).str(std::string_view("a\0b", 3))), HasSubstr("zero byte"));
    for (const char* digits : {"", "NaN", "Infinity", "01", "1.", ".5", "+1", "1 ", "1,2", "0x1", "\"1\"", "1]"})
        EXPECT_THAT(refusal(FrameBuilder().array(1).extension(Extension::json_number, digits)), HasSubstr("no number"))
            << digits;
}

TEST(JsonDocument, BelievesNoLengthBeyondTheFrame) {
    EXPECT_THAT(refusal(FrameBuilder().raw(std::string_view("\xdf\xff\xff\xff\xff", 5))), HasSubstr("more pairs"));
    EXPECT_THAT(refusal(FrameBuilder().raw(std::string_view("\xdd\xff\xff\xff\xff", 5))), HasSubstr("more elements"));
    EXPECT_THAT(refusal(FrameBuilder().raw("\x82\xa1x\x01")), HasSubstr("more pairs"));
    EXPECT_THAT(refusal(FrameBuilder().raw("\x92\x01")), HasSubstr("more elements"));
    EXPECT_THAT(refusal(FrameBuilder().raw("\x92\x92\x01")), HasSubstr("more elements"));
}

TEST(JsonDocument, NestingIsBounded) {
    const auto nested = [](std::uint32_t depth, bool is_map) {
        FrameBuilder builder;
        for (std::uint32_t i = 1; i < depth; ++i)
            is_map ? builder.map(1).str("k") : builder.array(1);
        return builder.raw("\x90").frame();
    };
    for (const bool is_map : {false, true}) {
        std::string text;
        const std::string deepest = nested(wire::max_json_depth, is_map);
        FrameCursor cursor(deepest);
        EXPECT_NO_THROW(append_json_document(cursor, text));
        for (const std::uint32_t depth : {wire::max_json_depth + 1, 1'000'000u}) {
            const std::string deeper = nested(depth, is_map);
            FrameCursor hostile(deeper);
            EXPECT_THROW(append_json_document(hostile, text), DecodeError);
        }
    }
}

}  // namespace
}  // namespace glassflow::decode
