#include "format/array_text.h"

#include <gtest/gtest.h>

#include "event/values.h"
#include "format/json_value.h"
#include "format/value_text.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Column;
using event::Encoding;
using event::Value;

Column array_of(Column element) {
    return nested_column("c", Encoding::array, {std::move(element)});
}

const Column texts = array_of(column("", "text", 25, Encoding::text));
const Column integers = array_of(column("", "integer", 23, Encoding::integer));

std::string json(std::string_view text, const Column& column, std::size_t max_bytes = 1000) {
    JsonWriter writer;
    return write_array_text(writer, text, column, max_bytes) ? std::string(writer.take()) : "none";
}

TEST(ArrayText, ElementsAndDimensions) {
    EXPECT_EQ(json("{}", texts), "[]");
    EXPECT_EQ(json("{a}", texts), R"(["a"])");
    EXPECT_EQ(json(R"({a,NULL,"NULL","a \"b\" \\","",{},"x,y}"})", array_of(texts)), "none");
    EXPECT_EQ(json(R"({a,NULL,"NULL","a \"b\" \\","","x,y}"})", texts), R"(["a",null,"NULL","a \"b\" \\","","x,y}"])");
    EXPECT_EQ(json("{{1,2},{NULL,4}}", integers), "[[1,2],[null,4]]");
    EXPECT_EQ(json("[0:1][-1:0]={{1,2},{3,4}}", integers), "[[1,2],[3,4]]");
    EXPECT_EQ(json(R"({N\ULL,\N})", texts), R"(["NULL","N"])");
    EXPECT_EQ(json("{(2,2),(1,1);(3,3),(0,0)}", array_of(column("", "box", 603, Encoding::text))),
              R"x(["(2,2),(1,1)","(3,3),(0,0)"])x");
}

TEST(ArrayText, ElementsLookLikeValuesOfTheirType) {
    EXPECT_EQ(json("{t,f,NULL}", array_of(column("", "boolean", 16, Encoding::boolean))), "[true,false,null]");
    EXPECT_EQ(json("{1,-2}", array_of(column("", "bigint", 20, Encoding::integer))), R"(["1","-2"])");
    EXPECT_EQ(json("{0.5,1e+300,NaN,-Infinity}", array_of(column("", "float8", 701, Encoding::float8))),
              R"([0.5,1e+300,"NaN","-Infinity"])");
    EXPECT_EQ(json(R"({"\\x01ff","\\x"})", array_of(column("", "bytea", 17, Encoding::bytes))), R"(["Af8=",""])");
    EXPECT_EQ(
        json(R"({"2024-02-29 12:34:56.5","2024-02-29 12:34:56","0044-03-15 00:00:00 BC","10000-01-01 00:00:00"})",
             array_of(column("", "timestamp", 1114, Encoding::timestamp))),
        R"(["2024-02-29T12:34:56.500000","2024-02-29T12:34:56.000000","0044-03-15 00:00:00 BC","10000-01-01 00:00:00"])");
    EXPECT_EQ(json(R"({"2024-02-29 12:34:56.123456+00",infinity})",
                   array_of(column("", "timestamptz", 1184, Encoding::timestamptz))),
              R"(["2024-02-29T12:34:56.123456Z","infinity"])");
    EXPECT_EQ(json(R"({"{a,NULL}",NULL})", array_of(texts)), R"([["a",null],null])");
}

TEST(ArrayText, WhatIsNoArrayIsRefused) {
    for (const char* text : {"", "x", "{", "{1", "{1,", "{1,}", "{,1}", "{1}x", "{1}}", "{{1}", "[0:1]", "{\"", "{\"a",
                             "{\"a\\", "{a\\", "{\"a\"b}", "{a\"b}", "{a{b}", "{{{{{{{1}}}}}}}"})
        EXPECT_EQ(json(text, texts), "none") << text;
    EXPECT_EQ(json("{{{{{{1}}}}}}", integers), "[[[[[[1]]]]]]");
}

TEST(ArrayText, NoLargerThanAllowed) {
    EXPECT_EQ(json("{aaa,bbb}", texts, 11), "none");
    EXPECT_EQ(json("{aaa,bbb}", texts, 12), R"(["aaa","bbb"])");
}

// A value is the same JSON whether the server sent its parts or its text.
TEST(ArrayText, TextAndPartsAgree) {
    const std::vector<Value> shape{integer(2), integer(0), integer(2), integer(1)};
    const std::vector<Value> elements{parts(shape), text("a \"b\" \\"), null_value(), text("NULL"), text("")};
    std::string printed;
    append_postgres_text(printed, parts(elements), texts);
    JsonWriter writer;
    JsonValueWriter values(ArrayStyle::native);
    values.write(writer, parts(elements), texts);
    const std::string expected(writer.take());
    writer.clear();
    values.write(writer, text(printed), texts);
    EXPECT_EQ(writer.take(), expected);
    EXPECT_EQ(expected, R"([["a \"b\" \\",null],["NULL",""]])");
}

}  // namespace
}  // namespace glassflow::format
