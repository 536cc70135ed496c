#include "format/json_value.h"

#include <gtest/gtest.h>

#include <limits>

#include "event/values.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Column;
using event::Encoding;
using event::Value;

std::string json(const Value& value, const Column& column, ArrayStyle style = ArrayStyle::native) {
    JsonWriter writer;
    JsonValueWriter values(style);
    values.write(writer, value, column);
    return std::string(writer.take());
}

Column array_of(Column element) {
    return nested_column("c", Encoding::array, {std::move(element)});
}

const Column integers = array_of(column("", "integer", 23, Encoding::integer));
const Column bigints = array_of(column("", "bigint", 20, Encoding::integer));
const Column texts = array_of(column("", "text", 25, Encoding::text));

TEST(JsonValue, AnArrayIsTheTextOfAJsonArray) {
    const std::vector<Value> one{null_value(), integer(1), null_value(), integer(-2)};
    EXPECT_EQ(json(parts(one), integers, ArrayStyle::text), R"("[1,null,-2]")");
    EXPECT_EQ(json(parts(one), integers), "[1,null,-2]");
    const std::vector<Value> quoted{null_value(), text("a \"b\""), text("")};
    EXPECT_EQ(json(parts(quoted), texts, ArrayStyle::text), R"("[\"a \\\"b\\\"\",\"\"]")");
    EXPECT_EQ(json(parts(quoted), texts), R"(["a \"b\"",""])");
    const std::vector<Value> none{null_value()};
    EXPECT_EQ(json(parts(none), texts, ArrayStyle::text), R"("[]")");
    EXPECT_EQ(json(null_value(), texts, ArrayStyle::text), "null");
}

TEST(JsonValue, ElementsLookLikeValuesOfTheirType) {
    const std::vector<Value> large{null_value(), integer(9223372036854775807)};
    EXPECT_EQ(json(parts(large), bigints), R"(["9223372036854775807"])");
    const std::vector<Value> moments{null_value(), integer(762'525'296'000'000), of_kind(Value::Kind::infinity)};
    EXPECT_EQ(json(parts(moments), array_of(column("", "timestamptz", 1184, Encoding::timestamptz))),
              R"(["2024-02-29T12:34:56.000000Z","infinity"])");
    const std::vector<Value> raw{null_value(), bytes("\x01\xff")};
    EXPECT_EQ(json(parts(raw), array_of(column("", "bytea", 17, Encoding::bytes))), R"(["Af8="])");
    const std::vector<Value> floats{null_value(), real(0.5), real(std::numeric_limits<double>::quiet_NaN())};
    EXPECT_EQ(json(parts(floats), array_of(column("", "float8", 701, Encoding::float8))), R"([0.5,"NaN"])");
    const std::vector<Value> fields{integer(1), text("x")};
    const std::vector<Value> pairs{null_value(), parts(fields)};
    EXPECT_EQ(json(parts(pairs), array_of(nested_column("", Encoding::composite,
                                                        {column("a", "integer", 23, Encoding::integer),
                                                         column("b", "text", 25, Encoding::text)}))),
              R"x(["(1,x)"])x");
}

TEST(JsonValue, DimensionsAreArraysWithinArrays) {
    // 2 by 1 by 3, with lower bounds that nobody is told
    const std::vector<Value> shape{integer(2), integer(-1), integer(1), integer(0), integer(3), integer(7)};
    const std::vector<Value> cube{parts(shape), integer(1), integer(2), integer(3), integer(4), integer(5), integer(6)};
    EXPECT_EQ(json(parts(cube), integers), "[[[1,2,3]],[[4,5,6]]]");
    EXPECT_EQ(json(parts(cube), integers, ArrayStyle::text), R"("[[[1,2,3]],[[4,5,6]]]")");
    const std::vector<Value> shifted{integer(1), integer(5)};
    const std::vector<Value> one{parts(shifted), integer(1)};
    EXPECT_EQ(json(parts(one), integers), "[1]");
}

TEST(JsonValue, ArraysOfADomainOverArrays) {
    const std::vector<Value> inner{null_value(), text("a")};
    const std::vector<Value> outer{null_value(), parts(inner), null_value()};
    EXPECT_EQ(json(parts(outer), array_of(texts)), R"([["a"],null])");
}

TEST(JsonValue, ElementsThatJsonCannotSayAreMarked) {
    const std::vector<Value> mixed{null_value(), text("a"), bytes("\xff")};
    EXPECT_EQ(json(parts(mixed), texts, ArrayStyle::text), R"("[\"a\",{\"_not_utf8_base64\":\"/w==\"}]")");
    EXPECT_EQ(json(too_large(7), texts, ArrayStyle::text), R"({"_too_large_bytes":7})");
    EXPECT_EQ(json(bytes("{\xff}"), texts, ArrayStyle::text), R"({"_not_utf8_base64":"e/99"})");
}

TEST(JsonValue, ATextInTheirPlaceKeepsTheJsonType) {
    EXPECT_EQ(json(text("not known"), texts, ArrayStyle::text), R"("not known")");
    EXPECT_EQ(json(text("not known"), texts), R"(["not known"])");
}

// Nothing of a value stays behind for the next one.
TEST(JsonValue, ValuesDoNotLeakIntoEachOther) {
    JsonWriter writer;
    JsonValueWriter values(ArrayStyle::text);
    const std::vector<Value> one{null_value(), integer(1)};
    writer.begin_array();
    values.write(writer, parts(one), integers);
    values.write(writer, integer(7), column("c", "bigint", 20, Encoding::integer));
    values.write(writer, parts(one), integers);
    writer.end_array();
    EXPECT_EQ(writer.take(), R"(["[1]","7","[1]"])");
}

}  // namespace
}  // namespace glassflow::format
