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
