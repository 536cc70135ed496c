#include "format/value_text.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "event/values.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Encoding;
using event::Value;

std::string text_of(const Value& value, Encoding encoding) {
    std::string text;
    append_postgres_text(text, value, column("c", "t", 0, encoding));
    return text;
}

TEST(ValueText, IsWhatPostgresPrints) {
    EXPECT_EQ(text_of(boolean(true), Encoding::boolean), "t");
    EXPECT_EQ(text_of(boolean(false), Encoding::boolean), "f");
    EXPECT_EQ(text_of(integer(-9223372036854775807 - 1), Encoding::integer), "-9223372036854775808");
    EXPECT_EQ(text_of(integer(4294967295), Encoding::integer), "4294967295");
    EXPECT_EQ(text_of(text("12.50"), Encoding::text), "12.50");
    EXPECT_EQ(text_of(bytes(std::string_view("\0\xff", 2)), Encoding::bytes), "\\x00ff");
    EXPECT_EQ(text_of(bytes("0123456789abcdef"), Encoding::uuid), "30313233-3435-3637-3839-616263646566");
    EXPECT_EQ(text_of(integer(59), Encoding::date), "2000-02-29");
    EXPECT_EQ(text_of(integer(59), Encoding::timestamp), "2000-01-01 00:00:00.000059");
    EXPECT_EQ(text_of(integer(59), Encoding::timestamptz), "2000-01-01 00:00:00.000059+00");
    EXPECT_EQ(text_of(of_kind(Value::Kind::infinity), Encoding::date), "infinity");
    EXPECT_EQ(text_of(of_kind(Value::Kind::negative_infinity), Encoding::timestamp), "-infinity");
}

TEST(ValueText, FormsThatTheWireHasBesideText) {
    EXPECT_EQ(text_of(integer(45'296'500'000), Encoding::time), "12:34:56.5");
    const std::vector<Value> time_and_zone{integer(0), integer(-19'800)};
    EXPECT_EQ(text_of(parts(time_and_zone), Encoding::timetz), "00:00:00+05:30");
    const std::vector<Value> months_days_us{integer(14), integer(-3), integer(1)};
    EXPECT_EQ(text_of(parts(months_days_us), Encoding::interval), "1 year 2 mons -3 days +00:00:00.000001");
    EXPECT_EQ(text_of(of_kind(Value::Kind::infinity), Encoding::interval), "infinity");
    EXPECT_EQ(text_of(bytes("\x05\xa0"), Encoding::bits), "101");
    EXPECT_EQ(text_of(bytes("\x20\x0a\x01\x02\x03"), Encoding::inet), "10.1.2.3");
    EXPECT_EQ(text_of(bytes("\x20\x0a\x01\x02\x03"), Encoding::cidr), "10.1.2.3/32");
    EXPECT_EQ(text_of(bytes("123456"), Encoding::macaddr), "31:32:33:34:35:36");
    EXPECT_EQ(text_of(text("{\"a\": 1}"), Encoding::json), "{\"a\": 1}");
    std::string decimal;
    append_postgres_text(decimal, integer(-5), decimal_column("c", 2));
    EXPECT_EQ(decimal, "-0.05");
    for (const Encoding encoding : {Encoding::decimal, Encoding::interval, Encoding::inet, Encoding::array})
        EXPECT_EQ(text_of(text("as it is"), encoding), "as it is");
    EXPECT_EQ(text_of(bytes("\xff"), Encoding::array), "\xff");
    const std::vector<Value> one{null_value(), integer(1)};
    std::string array;
    append_postgres_text(array, parts(one),
                         nested_column("c", Encoding::array, {column("", "integer", 23, Encoding::integer)}));
    EXPECT_EQ(array, "{1}");
}

// A float4 is 0.1, not the double nearest to it.
TEST(ValueText, FloatsHaveTheDigitsOfTheirWidth) {
    EXPECT_EQ(text_of(real(0.1f), Encoding::float4), "0.1");
    EXPECT_EQ(text_of(real(0.1f), Encoding::float8), "0.10000000149011612");
    EXPECT_EQ(text_of(real(0.1), Encoding::float8), "0.1");
}

TEST(ValueText, WhatHasNoTextIsNotGivenOne) {
    for (const Value::Kind kind : {Value::Kind::null, Value::Kind::unchanged_toast, Value::Kind::too_large})
        EXPECT_THROW(text_of(of_kind(kind), Encoding::text), std::logic_error);
}

}  // namespace
}  // namespace glassflow::format
