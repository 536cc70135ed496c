#include "decode/frame_cursor.h"

#include <gtest/gtest.h>

#include <limits>

#include "decode/decode_error.h"
#include "decode/frame_builder.h"

namespace glassflow::decode {
namespace {

using test::FrameBuilder;
using Type = FrameCursor::Type;

constexpr std::uint64_t max_uint64 = std::numeric_limits<std::uint64_t>::max();

// msgpack-c packs each number in its shortest form; all of them must be read.
TEST(FrameCursor, ReadsEveryWidthOfInteger) {
    for (int shift = 0; shift < 64; ++shift) {
        for (const int nudge : {-1, 0, 1}) {
            const std::uint64_t number = (std::uint64_t{1} << shift) + static_cast<std::uint64_t>(nudge);
            const std::string frame = FrameBuilder().number(number).frame();
            EXPECT_EQ(FrameCursor(frame).read_unsigned("n", max_uint64), number);
            const auto negative = -static_cast<std::int64_t>(number >> 1) - 1;
            const std::string signed_frame = FrameBuilder().signed_number(negative).frame();
            EXPECT_EQ(FrameCursor(signed_frame).read_signed("n"), negative);
        }
    }
    const std::string minimum = FrameBuilder().signed_number(std::numeric_limits<std::int64_t>::min()).frame();
    EXPECT_EQ(FrameCursor(minimum).read_signed("n"), std::numeric_limits<std::int64_t>::min());
}

TEST(FrameCursor, RefusesIntegersOutOfRange) {
    const std::string negative = FrameBuilder().signed_number(-1).frame();
    EXPECT_THROW(FrameCursor(negative).read_unsigned("n", max_uint64), DecodeError);
    const std::string large = FrameBuilder().number(std::uint64_t{1} << 63).frame();
    EXPECT_THROW(FrameCursor(large).read_signed("n"), DecodeError);
    const std::string above = FrameBuilder().number(std::uint64_t{1} << 32).frame();
    EXPECT_THROW(FrameCursor(above).read_unsigned("n", 0xFFFF'FFFFu), DecodeError);
}

TEST(FrameCursor, ReadsTextAndBytesOfEveryLengthForm) {
    for (const std::size_t length : {0u, 1u, 31u, 32u, 255u, 256u, 65535u, 65536u, 100'000u}) {
        const std::string content(length, 'x');
        const std::string frame = FrameBuilder().str(content).bin(content).frame();
        FrameCursor cursor(frame);
        EXPECT_EQ(cursor.read_text("t"), content);
        EXPECT_EQ(cursor.read_bytes("b"), content);
        EXPECT_TRUE(cursor.at_end());
    }
}

TEST(FrameCursor, ReadsExtensionsOfEveryLengthForm) {
    for (const std::size_t length : {0u, 1u, 2u, 3u, 4u, 8u, 16u, 17u, 255u, 256u, 65536u}) {
        const std::string content(length, 'e');
        const std::string frame = FrameBuilder().extension(wire::Extension::too_large, content).frame();
        const auto [type, data] = FrameCursor(frame).read_extension("e");
        EXPECT_EQ(type, 3);
        EXPECT_EQ(data, content);
    }
}

TEST(FrameCursor, SkipsWhateverThereIs) {
    FrameBuilder builder;
    builder.array(4).str("a").array(2).nil().float64(1).boolean(true).extension(wire::Extension::infinity, "\x01");
    builder.raw("\x82\x01\x02\x03\x91\x04");                                            // a map {1: 2, 3: [4]}
    builder.raw(std::string_view("\xdf\x00\x00\x00\x01\xdd\x00\x00\x00\x00\xc0", 11));  // {[]: nil}
    builder.number(99);
    const std::string frame = builder.frame();
    FrameCursor cursor(frame);
    cursor.skip(3);
    EXPECT_EQ(cursor.read_unsigned("n", 100), 99u);
    EXPECT_TRUE(cursor.at_end());
}

// 50 million nested arrays in 50 MB would overflow the stack of a recursive reader.
TEST(FrameCursor, NestingCostsNoStack) {
    std::string frame(50'000'000, '\x91');
    frame += '\xc0';
    FrameCursor cursor(frame);
    cursor.skip(1);
    EXPECT_TRUE(cursor.at_end());
    frame.pop_back();
    FrameCursor torn(frame);
    EXPECT_THROW(torn.skip(1), DecodeError);
}

TEST(FrameCursor, BelievesNoLengthBeyondTheFrame) {
    for (const std::string_view frame :
         {std::string_view("\xdb\xff\xff\xff\xff", 5), std::string_view("\xc6\xff\xff\xff\xff", 5),
          std::string_view("\xc9\xff\xff\xff\xff\x01", 6), std::string_view("\xdd\xff\xff\xff\xff", 5),
          std::string_view("\xdf\xff\xff\xff\xff", 5), std::string_view("\xdc\x00", 2), std::string_view("\xcf\x00", 2),
          std::string_view("\xa2x", 2), std::string_view("\xd8\x01", 2), std::string_view("", 0)}) {
        FrameCursor cursor(frame);
        EXPECT_THROW(cursor.skip(1), DecodeError) << testing::PrintToString(frame);
    }
    FrameCursor array(std::string_view("\xdd\xff\xff\xff\xff", 5));
    EXPECT_THROW(array.read_array("columns"), DecodeError);
}

TEST(FrameCursor, RefusesTheUnusedByte) {
    FrameCursor cursor("\xc1");
    EXPECT_THROW(cursor.skip(1), DecodeError);
}

TEST(FrameCursor, SaysWhatItWantedWhatItFoundAndWhere) {
    const std::string frame = FrameBuilder().number(1).str("secret").frame();
    FrameCursor cursor(frame);
    cursor.read_unsigned("id", 10);
    try {
        cursor.read_unsigned("relation id", 10);
        FAIL() << "a string was read as a number";
    } catch (const DecodeError& error) {
        EXPECT_STREQ(error.what(),
                     "malformed frame: expected an integer for relation id, found a string (byte 1 of the frame)");
        EXPECT_EQ(error.frame_offset(), 1u);
        EXPECT_EQ(error.kind(), DecodeError::Kind::malformed);
        EXPECT_FALSE(error.hint().empty());
    }
}

TEST(FrameCursor, RefusesStringsThatAreNotUtf8) {
    const std::string frame = FrameBuilder().str("caf\xe9").frame();
    EXPECT_THROW(FrameCursor(frame).read_text("t"), DecodeError);
}

}  // namespace
}  // namespace glassflow::decode
