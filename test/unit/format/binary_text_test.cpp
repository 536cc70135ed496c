#include "format/binary_text.h"

#include <gtest/gtest.h>

namespace glassflow::format {
namespace {

std::string base64(std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
}

// RFC 4648, section 10.
TEST(BinaryText, Base64IsThatOfTheRfc) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xfb\xff\xfe"), "+//+");
    EXPECT_EQ(base64(std::string_view("\0\0\0", 3)), "AAAA");
}

TEST(BinaryText, BitsAreCountedFromTheLeft) {
    const auto bits = [](std::string_view bytes) {
        std::string text;
        append_bits(text, bytes);
        return text;
    };
    EXPECT_EQ(bits(std::string_view("\0", 1)), "");
    EXPECT_EQ(bits(std::string_view("\0\x05", 2)), "00000101");
    EXPECT_EQ(bits("\x07\x80"), "1");
    EXPECT_EQ(bits(std::string_view("\x05\xff\xa0", 3)), "11111111101");
}

TEST(BinaryText, HexAndUuidAreLowerCase) {
    std::string text = "x";
    append_hex(text, std::string_view("\0\x0f\xab\xff", 4));
    EXPECT_EQ(text, "x000fabff");
    text.clear();
    append_uuid(text, "\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11");
    EXPECT_EQ(text, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
}

}  // namespace
}  // namespace glassflow::format
