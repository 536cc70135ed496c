#include "format/nested_text.h"

#include <gtest/gtest.h>

#include "event/range_flags.h"
#include "event/values.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Column;
using event::Encoding;
using event::Value;

using Values = std::vector<Value>;

const Column number = column("", "integer", 23, Encoding::integer);
const Column words = column("", "text", 25, Encoding::text);

std::string text_of(const Column& type, const Values& values) {
    std::string text;
    EXPECT_TRUE(append_nested_text(text, parts(values), type));
    return text;
}

std::string array_text(const Column& element, Values elements, const Values& shape = {}) {
    elements.insert(elements.begin(), shape.empty() ? null_value() : parts(shape));
    return text_of(nested_column("c", Encoding::array, {element}), elements);
}

TEST(NestedText, Arrays) {
    EXPECT_EQ(array_text(number, {}), "{}");
    EXPECT_EQ(array_text(number, {integer(1), null_value(), integer(-3)}), "{1,NULL,-3}");
    EXPECT_EQ(array_text(words, {text(""), text("NULL"), text("null"), text("a b"), text("a,b"), text("{"),
                                 text("\"\\"), text("\u00e9")}),
              R"({"","NULL","null","a b","a,b","{","\"\\",é})");
    EXPECT_EQ(array_text(column("", "boolean", 16, Encoding::boolean), {boolean(true), boolean(false)}), "{t,f}");
    EXPECT_EQ(array_text(column("", "bytea", 17, Encoding::bytes), {bytes("\x01"), bytes("")}), R"({"\\x01","\\x"})");
    EXPECT_EQ(array_text(decimal_column("", 2), {integer(-5), text("NaN")}), "{-0.05,NaN}");
    EXPECT_EQ(
        array_text(column("", "timestamp", 1114, Encoding::timestamp), {integer(0), of_kind(Value::Kind::infinity)}),
        R"({"2000-01-01 00:00:00",infinity})");
    EXPECT_EQ(array_text(column("", "jsonb", 3802, Encoding::json), {text("{\"a\": 1}"), text("null"), text("1")}),
              R"({"{\"a\": 1}","null",1})");
}

TEST(NestedText, DimensionsAndLowerBounds) {
    const Values six{integer(1), integer(2), integer(3), integer(4), integer(5), integer(6)};
    EXPECT_EQ(array_text(number, six, {integer(2), integer(1), integer(3), integer(1)}), "{{1,2,3},{4,5,6}}");
    EXPECT_EQ(array_text(number, six, {integer(3), integer(0), integer(2), integer(1)}),
              "[0:2][1:2]={{1,2},{3,4},{5,6}}");
    EXPECT_EQ(array_text(number, six, {integer(6), integer(-5)}), "[-5:0]={1,2,3,4,5,6}");
    EXPECT_EQ(array_text(number, six, {integer(1), integer(1), integer(3), integer(1), integer(2), integer(1)}),
              "{{{1,2},{3,4},{5,6}}}");
    EXPECT_EQ(array_text(number, {integer(7)}, {integer(1), integer(-2147483648LL)}), "[-2147483648:-2147483648]={7}");
    EXPECT_EQ(array_text(number, {null_value()},
                         {integer(1), integer(1), integer(1), integer(1), integer(1), integer(1), integer(1),
                          integer(1), integer(1), integer(1), integer(1), integer(2)}),
              "[1:1][1:1][1:1][1:1][1:1][2:2]={{{{{{NULL}}}}}}");
}

TEST(NestedText, BoxesAreSeparatedBySemicolons) {
    const Column box = column("", "box", 603, Encoding::text);
    EXPECT_EQ(array_text(box, {text("(1,1),(0,0)"), null_value(), text("(2,2),(1,1)")}),
              "{(1,1),(0,0);NULL;(2,2),(1,1)}");
}

TEST(NestedText, Composites) {
    const Column pair = nested_column("c", Encoding::composite, {number, words, words});
    EXPECT_EQ(text_of(pair, {integer(1), text("x"), null_value()}), "(1,x,)");
    EXPECT_EQ(text_of(pair, {null_value(), null_value(), null_value()}), "(,,)");
    EXPECT_EQ(text_of(pair, {null_value(), text(""), text("a,\"b\" \\ (c)")}), R"x((,"","a,""b"" \\ (c)"))x");
    EXPECT_EQ(text_of(pair, {integer(1), text("NULL"), text("[{}]")}), "(1,NULL,[{}])");
    EXPECT_EQ(text_of(nested_column("c", Encoding::composite, {}), {}), "()");
}

TEST(NestedText, Ranges) {
    using namespace event;
    const Column numbers = nested_column("c", Encoding::range, {number});
    const Column texts = nested_column("c", Encoding::range, {words});
    EXPECT_EQ(text_of(numbers, {integer(range_empty)}), "empty");
    EXPECT_EQ(text_of(numbers, {integer(range_lower_inclusive), integer(1), integer(5)}), "[1,5)");
    EXPECT_EQ(text_of(numbers, {integer(range_upper_inclusive), integer(1), integer(5)}), "(1,5]");
    EXPECT_EQ(text_of(numbers, {integer(range_lower_infinite | range_upper_infinite)}), "(,)");
    EXPECT_EQ(text_of(numbers, {integer(range_lower_infinite | range_upper_inclusive), integer(5)}), "(,5]");
    EXPECT_EQ(text_of(numbers, {integer(range_lower_inclusive | range_upper_infinite), integer(1)}), "[1,)");
    EXPECT_EQ(text_of(texts, {integer(range_lower_inclusive), test::text(""), test::text("a,\"\\[")}),
              R"x(["","a,""\\["))x");
    const Column moments = nested_column("c", Encoding::range, {column("", "date", 1082, Encoding::date)});
    EXPECT_EQ(text_of(moments, {integer(range_lower_inclusive), of_kind(Value::Kind::negative_infinity), integer(0)}),
              "[-infinity,2000-01-01)");
}

TEST(NestedText, Multiranges) {
    const Column ranges =
        nested_column("c", Encoding::multirange, {column("", "timestamp", 1114, Encoding::timestamp)});
    const Values first{integer(2), integer(0), integer(1)};
    const Values second{integer(18), integer(2)};
    EXPECT_EQ(text_of(ranges, {}), "{}");
    EXPECT_EQ(text_of(ranges, {parts(first), parts(second)}),
              R"({["2000-01-01 00:00:00","2000-01-01 00:00:00.000001"),["2000-01-01 00:00:00.000002",)})");
}

// What PostgreSQL 15 printed for ROW('a"b', ARRAY[ROW('c\"', '{x,"y z"}')]) of types like these.
TEST(NestedText, EachLevelQuotesWhatIsWithin) {
    const Column list = nested_column("", Encoding::array, {words});
    const Column inner = nested_column("", Encoding::composite, {words, list});
    const Column outer = nested_column("", Encoding::composite, {words, nested_column("", Encoding::array, {inner})});
    const Values elements{null_value(), text("x"), text("y z")};
    const Values row{text("c\\\""), parts(elements)};
    const Values rows{null_value(), parts(row)};
    EXPECT_EQ(text_of(outer, {text("a\"b"), parts(rows)}),
              R"x(("a""b","{""(\\""c\\\\\\\\\\""\\""\\"",\\""{x,\\""\\""y z\\""\\""}\\"")""}"))x");
}

TEST(NestedText, IntervalsAndTimesWithin) {
    const Column span = column("", "interval", 1186, Encoding::interval);
    const Values parts_of_interval{integer(1), integer(0), integer(0)};
    EXPECT_EQ(array_text(span, {parts(parts_of_interval)}), R"({"1 mon"})");
    const Column moment = column("", "timetz", 1266, Encoding::timetz);
    const Values parts_of_time{integer(0), integer(-19'800)};
    EXPECT_EQ(array_text(moment, {parts(parts_of_time)}), "{00:00:00+05:30}");
}

// Quotes double at each level: what came in a small frame is not let grow without end.
TEST(NestedText, StopsAtALimit) {
    Column type = words;
    const std::string quotes(1000, '"');
    Values values{text(quotes)};
    std::vector<std::unique_ptr<Values>> levels;
    for (int level = 0; level < 8; ++level) {
        type = nested_column("c", Encoding::composite, {type});
        levels.push_back(std::make_unique<Values>(values));
        values = {parts(*levels.back())};
    }
    const Value value = values.front();
    std::string text = "kept";
    EXPECT_TRUE(append_nested_text(text, value, type));
    EXPECT_GT(text.size(), 256'000u);
    EXPECT_TRUE(text.starts_with("kept("));
    const std::size_t whole = text.size() - 4;
    text.clear();
    EXPECT_TRUE(append_nested_text(text, value, type, whole));
    text.clear();
    EXPECT_FALSE(append_nested_text(text, value, type, 10'000));
    EXPECT_GT(text.size(), 10'000u);
    EXPECT_LT(text.size(), 30'000u);
}

}  // namespace
}  // namespace glassflow::format
