#include "format/integer_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace glassflow::format {
namespace {

std::string decimal(std::int64_t units, std::uint32_t scale) {
    std::string text = "<";
    append_decimal(text, units, scale);
    return text.substr(1);
}

TEST(IntegerText, DecimalsHaveTheirScale) {
    EXPECT_EQ(decimal(1250, 2), "12.50");
    EXPECT_EQ(decimal(0, 0), "0");
    EXPECT_EQ(decimal(0, 2), "0.00");
    EXPECT_EQ(decimal(-5, 2), "-0.05");
    EXPECT_EQ(decimal(-50, 2), "-0.50");
    EXPECT_EQ(decimal(-500, 2), "-5.00");
    EXPECT_EQ(decimal(99, 2), "0.99");
    EXPECT_EQ(decimal(1, 18), "0.000000000000000001");
    EXPECT_EQ(decimal(-1, 0), "-1");
}

TEST(IntegerText, ExtremesAreSafe) {
    EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min(), 0), "-9223372036854775808");
    EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min(), 18), "-9.223372036854775808");
    EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::max(), 1), "922337203685477580.7");
    std::string text;
    append_integer(text, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(text, "18446744073709551615");
}

}  // namespace
}  // namespace glassflow::format
