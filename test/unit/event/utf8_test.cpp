#include "event/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace glassflow::event {
namespace {

// Of one code point, by definition; also for those that may not be encoded.
std::string encode(std::uint32_t point) {
    if (point < 0x80)
        return {static_cast<char>(point)};
    if (point < 0x800)
        return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
    if (point < 0x10000)
        return {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
                static_cast<char>(0x80 | (point & 0x3F))};
    return {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
            static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates) {
    for (std::uint32_t point = 0; point < 0x11'2000; ++point) {
        const bool is_allowed = point <= 0x10'FFFF && (point < 0xD800 || point > 0xDFFF);
        ASSERT_EQ(is_utf8(encode(point)), is_allowed) << std::hex << point;
    }
}

TEST(Utf8, RefusesOverlongForms) {
    for (const char* text :
         {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
          "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF", "\x80", "\xBF"})
        EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
}

// The eight-byte stride must not hide a bad byte, wherever it is.
TEST(Utf8, FindsABadByteAtEveryPlace) {
    for (std::size_t length = 1; length < 40; ++length) {
        for (std::size_t place = 0; place < length; ++place) {
            std::string text(length, 'a');
            ASSERT_TRUE(is_utf8(text));
            text[place] = '\xE9';
            ASSERT_FALSE(is_utf8(text)) << place << " of " << length;
        }
    }
}

TEST(Utf8, RefusesWhatIsCutOff) {
    const std::string text = "a\u00e9\u20ac\U0001F600";
    EXPECT_TRUE(is_utf8(text));
    for (const std::size_t length : {2u, 4u, 5u, 7u, 8u, 9u})
        EXPECT_FALSE(is_utf8(std::string_view(text).substr(0, length))) << length;
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8({}));
    EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace glassflow::event
