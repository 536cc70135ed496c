#include "format/float_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace glassflow::format {
namespace {

std::string float4(float value) {
    std::string text;
    append_float4(text, value);
    return text;
}

std::string float8(double value) {
    std::string text;
    append_float8(text, value);
    return text;
}

// Each was printed by Postgres 15.
TEST(FloatText, PrintsAsPostgresDoes) {
    EXPECT_EQ(float8(0.0), "0");
    EXPECT_EQ(float8(-0.0), "-0");
    EXPECT_EQ(float8(1), "1");
    EXPECT_EQ(float8(-1.5), "-1.5");
    EXPECT_EQ(float8(0.1), "0.1");
    EXPECT_EQ(float8(0.0001), "0.0001");
    EXPECT_EQ(float8(0.00001), "1e-05");
    EXPECT_EQ(float8(123456789012345), "123456789012345");
    EXPECT_EQ(float8(100000000000000), "100000000000000");
    EXPECT_EQ(float8(1e15), "1e+15");
    EXPECT_EQ(float8(1234567890123456), "1.234567890123456e+15");
    EXPECT_EQ(float8(1e100), "1e+100");
    EXPECT_EQ(float8(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
    EXPECT_EQ(float8(std::numeric_limits<double>::min()), "2.2250738585072014e-308");
    EXPECT_EQ(float8(std::numeric_limits<double>::denorm_min()), "5e-324");
    EXPECT_EQ(float4(0.1f), "0.1");
    EXPECT_EQ(float4(100000), "100000");
    EXPECT_EQ(float4(1e6f), "1e+06");
    EXPECT_EQ(float4(1234567), "1.234567e+06");
    EXPECT_EQ(float4(std::numeric_limits<float>::max()), "3.4028235e+38");
    EXPECT_EQ(float4(std::numeric_limits<float>::min()), "1.1754944e-38");
    EXPECT_EQ(float4(std::numeric_limits<float>::denorm_min()), "1e-45");
}

// The shortest decimal lies exactly between two floats here; Postgres prints one digit more.
TEST(FloatText, DoesNotTakeHalfWayDecimals) {
    EXPECT_EQ(float8(std::bit_cast<double>(0x43de67f39409da34)), "8.763950243540161e+18");
    EXPECT_EQ(float8(std::bit_cast<double>(0x436d92c097855aac)), "6.6593041584674144e+16");
    EXPECT_EQ(float4(std::bit_cast<float>(0x4d7a6632)), "2.6256259e+08");
    EXPECT_EQ(float4(std::bit_cast<float>(0x4cdb6462)), "1.15024656e+08");
    EXPECT_EQ(float4(62239752.0f), "6.2239752e+07");
}

TEST(FloatText, PrintsWhatIsNoNumber) {
    EXPECT_EQ(float8(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(float8(-std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(float8(std::numeric_limits<double>::infinity()), "Infinity");
    EXPECT_EQ(float4(-std::numeric_limits<float>::infinity()), "-Infinity");
}

template <typename Float>
void expect_reads_back(Float value, const std::string& text) {
    Float read{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    ASSERT_EQ(error, std::errc{}) << text;
    ASSERT_EQ(end, text.data() + text.size()) << text;
    ASSERT_EQ(read, value) << text;
}

TEST(FloatText, EveryFloatReadsBack) {
    std::mt19937_64 random(42);
    for (int round = 0; round < 200'000; ++round) {
        const auto wide = std::bit_cast<double>(random());
        if (std::isfinite(wide))
            expect_reads_back(wide, float8(wide));
        const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isfinite(narrow))
            expect_reads_back(narrow, float4(narrow));
    }
}

TEST(FloatText, PowersOfTwoReadBack) {
    for (int exponent = -1074; exponent < 1024; ++exponent)
        expect_reads_back(std::ldexp(1.0, exponent), float8(std::ldexp(1.0, exponent)));
    for (int exponent = -149; exponent < 128; ++exponent)
        expect_reads_back(std::ldexp(1.0f, exponent), float4(std::ldexp(1.0f, exponent)));
}

}  // namespace
}  // namespace glassflow::format
