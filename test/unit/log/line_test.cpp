// One happening is one line, whatever the values hold.
#include "log/line.h"

#include <gtest/gtest.h>

namespace glassflow::log {
namespace {

const TimePoint noon{std::chrono::milliseconds(1'769'860'800'007)};

TEST(TextLine, ShowsTimeLevelMessageAndFacts) {
    EXPECT_EQ(text_line(noon, Level::info, "slot created", {{"slot", "orders"}, {"lsn", "0/16B3748"}, {"tables", 3}}),
              "2026-01-31T12:00:00.007Z info    slot created slot=orders lsn=0/16B3748 tables=3");
}

TEST(TextLine, QuotesValuesThatWouldReadAsSeveral) {
    EXPECT_EQ(text_line(noon, Level::error, "m", {{"a", "two words"}, {"b", ""}, {"c", "x=\"1\"\\"}}),
              "2026-01-31T12:00:00.007Z error   m a=\"two words\" b=\"\" c=\"x=\\\"1\\\"\\\\\"");
}

TEST(TextLine, NeverLetsAValueForgeALineOrDriveTheTerminal) {
    const std::string hostile =
        "a\nb\r\x1b[31m\x07\xc2\x9b"
        "31m\x7f"
        "\xe2\x80\xa8";
    const std::string line = text_line(noon, Level::warning, hostile, {{"k", hostile}});
    for (const char c : line) {
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
    }
    EXPECT_NE(line.find("a\\nb\\u000d\\u001b[31m\\u0007\\u009b31m\\u007f\\u2028"), std::string::npos) << line;
}

TEST(JsonLine, IsOneObjectWithNumbersAsNumbers) {
    EXPECT_EQ(json_line(noon, Level::warning, "a \"b\"\n", {{"n", -5}, {"s", "5"}, {"u", ~0ULL}}),
              R"({"time":"2026-01-31T12:00:00.007Z","level":"warning","message":"a \"b\"\n","n":-5,"s":"5",)"
              R"("u":18446744073709551615})");
}

TEST(JsonLine, KeepsUnicodeAndReplacesWhatIsNotUtf8) {
    const std::string line =
        json_line(noon, Level::info, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x98 \xff \xc0\xaf \xed\xa0\x80 \xe2\x82", {});
    EXPECT_NE(line.find("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x98 \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd "),
              std::string::npos);
    EXPECT_EQ(line.find('\xff'), std::string::npos);
    EXPECT_EQ(line.find('\xed'), std::string::npos);
}

}  // namespace
}  // namespace glassflow::log
