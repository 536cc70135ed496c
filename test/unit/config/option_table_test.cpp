// The table itself: its rows hang together, so that whoever adds one is told what was forgotten.
#include "config/option_table.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>

#include "config/configuration_fixture.h"
#include "config/configuration_text.h"
#include "config/nearest_name.h"
#include "config/option_documentation.h"
#include "config/utf8.h"
#include "config/value_text.h"

namespace glassflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Field field_of(const Option& option, Configuration& configuration, SinkConfiguration& sink) {
    return option.is_of_sinks() ? option.sink_field(sink) : option.field(configuration);
}

TEST(OptionTable, RowsHangTogether) {
    std::set<std::pair<std::string, std::string>> keys;  // with the type of sink
    std::map<std::string, std::string> variables;
    for (const Option& option : option_table()) {
        SCOPED_TRACE(option.key);
        EXPECT_TRUE(keys.emplace(option.key, option.sink_type).second);
        const Option& first = *find_option(option.key);
        EXPECT_TRUE(&first == &option || !first.sink_type.empty()) << "every type has the key already";
        EXPECT_EQ(first.kind, option.kind) << "layers read a key before the type of the sink is known";
        EXPECT_EQ(first.is_secret, option.is_secret);
        EXPECT_EQ(variables.emplace(environment_name(option), option.key).first->second, option.key);
        EXPECT_TRUE(option.doc.ends_with('.'));
        EXPECT_EQ(option.is_of_sinks(), option.sink_field != nullptr);
        EXPECT_NE(option.is_of_sinks(), option.field != nullptr);
        const bool is_number =
            option.kind == Kind::integer || option.kind == Kind::duration || option.kind == Kind::size;
        EXPECT_EQ(is_number, option.range.max > 0);
        EXPECT_EQ(option.kind == Kind::word, !option.words.empty());
        EXPECT_TRUE(option.kind != Kind::list || option.check != nullptr);
        EXPECT_TRUE(!option.is_secret || option.kind == Kind::text || option.kind == Kind::list);
    }
}

TEST(OptionTable, RangesFitTheFieldsAndHoldTheDefaults) {
    for (const Option& option : option_table()) {
        SCOPED_TRACE(option.key);
        Configuration configuration;
        SinkConfiguration sink = make_sink(option.sink_type.empty() ? "file" : option.sink_type);
        std::visit(
            [&](auto target) {
                using Target = std::remove_pointer_t<decltype(target)>;
                if constexpr (std::is_same_v<Target, std::chrono::milliseconds>) {
                    EXPECT_GE(static_cast<std::uint64_t>(target->count()), option.range.min);
                    EXPECT_LE(static_cast<std::uint64_t>(target->count()), option.range.max);
                } else if constexpr (std::is_integral_v<Target> && !std::is_same_v<Target, bool>) {
                    EXPECT_GE(*target, option.range.min);
                    EXPECT_LE(*target, option.range.max);
                    EXPECT_LE(option.range.max, std::numeric_limits<Target>::max());
                } else if constexpr (std::is_enum_v<Target>) {
                    EXPECT_LT(static_cast<std::size_t>(*target), option.words.size());
                }
            },
            field_of(option, configuration, sink));
    }
}

TEST(OptionTable, WordsAreInTheOrderOfTheirEnums) {
    EXPECT_EQ(find_option("log.level")->words[static_cast<std::size_t>(log::Level::warning)], "warning");
    EXPECT_EQ(find_option("log.style")->words[static_cast<std::size_t>(log::Style::json)], "json");
    EXPECT_EQ(find_option("sinks[].format")->words[static_cast<std::size_t>(format::FormatName::wal2json)], "wal2json");
    for (const std::string_view type : sink_types()) {
        EXPECT_EQ(type_of(make_sink(type)), type);
    }
}

TEST(OptionTable, NamesOfVariablesAndFlags) {
    EXPECT_EQ(environment_name(*find_option("source.connect_timeout")), "GLASSFLOW_SOURCE_CONNECT_TIMEOUT");
    EXPECT_EQ(environment_name(*find_option("sinks[].url")), "GLASSFLOW_SINKS_<NAME>_URL");
    EXPECT_EQ(flag_name(*find_option("memory_limit")), "--memory_limit");
    EXPECT_EQ(flag_name(*find_option("sinks[].url")), "--sinks.NAME.url");
    EXPECT_EQ(find_option("source"), nullptr);
}

TEST(OptionDocumentation, TellsEveryKeyWithItsDefault) {
    const std::string text = configuration_markdown();
    for (const Option& option : option_table()) {
        const std::string name(option.is_of_sinks() ? option.sink_key() : option.key);
        EXPECT_THAT(text, HasSubstr("| `" + name + "` | "));
        EXPECT_THAT(text, HasSubstr(std::string(option.doc)));
    }
    EXPECT_THAT(text, HasSubstr("| `source.port` | an integer from 1 to 65535 | `5432` |"));
    EXPECT_THAT(text, HasSubstr("| `source.slot` | text | required |"));
    EXPECT_THAT(text, HasSubstr("| `memory_limit` | a size from 1MiB to 1TiB | `64MiB` |"));
}

TEST(ValueText, Durations) {
    EXPECT_EQ(parse_duration_ms("500ms"), 500);
    EXPECT_EQ(parse_duration_ms("10s"), 10'000);
    EXPECT_EQ(parse_duration_ms("5m"), 300'000);
    EXPECT_EQ(parse_duration_ms("2h"), 7'200'000);
    for (const char* const text : {"", "5", "s", "-1s", "+1s", "1.5s", "1 s", "1S", "1d", "5124095576030432h"}) {
        EXPECT_EQ(parse_duration_ms(text), std::nullopt) << text;
    }
    EXPECT_EQ(duration_text(90'000), "90s");
    EXPECT_EQ(duration_text(1500), "1500ms");
    EXPECT_EQ(duration_text(0), "0ms");
}

TEST(ValueText, Sizes) {
    EXPECT_EQ(parse_size_bytes("65536"), 65536);
    EXPECT_EQ(parse_size_bytes("64KiB"), 65536);
    EXPECT_EQ(parse_size_bytes("16777215TiB"), 16777215ULL << 40);
    for (const char* const text : {"", "KiB", "1MB", "1K", "-1", "16777216TiB", "18446744073709551616"}) {
        EXPECT_EQ(parse_size_bytes(text), std::nullopt) << text;
    }
    EXPECT_EQ(size_text(64ULL << 20), "64MiB");
    EXPECT_EQ(size_text(1025), "1025");
    EXPECT_EQ(size_text(0), "0");
}

TEST(ValueText, ListsKeepCommasInQuotes) {
    EXPECT_THAT(split_list("a.b, \"x,y\".c ,d.e"), ElementsAre("a.b", "\"x,y\".c", "d.e"));
    EXPECT_THAT(split_list("a.b,"), ElementsAre("a.b", ""));
    EXPECT_THAT(split_list("a.b: c, d; \"x;y\".c: e = ';\"'; f", ';'),
                ElementsAre("a.b: c, d", "\"x;y\".c: e = ';\"'", "f"));
    EXPECT_THAT(split_list("a.b: c = redact(';,'), \";\" = null; d.e: f = hash", ';'),
                ElementsAre("a.b: c = redact(';,'), \";\" = null", "d.e: f = hash"));
}

TEST(ValueText, QuotedIsBoundedAndHarmless) {
    EXPECT_EQ(excerpt("a\nb\x1b"), "\"a?b?\"");
    EXPECT_EQ(excerpt("\xff"), "\"?\"");
    EXPECT_EQ(excerpt(std::string(63, 'a') + "\xc3\xbc"), "\"" + std::string(63, 'a') + "...\"");
}

TEST(NearestName, FindsTypingErrorsOnly) {
    const std::vector<std::string> known{"port", "host", "password", "tables"};
    EXPECT_EQ(nearest_name("prot", known), "port");
    EXPECT_EQ(nearest_name("passwort", known), "password");
    EXPECT_EQ(nearest_name("table", known), "tables");
    EXPECT_EQ(nearest_name("x", known), "");
    EXPECT_EQ(nearest_name(std::string(100'000, 'p'), known), "");
}

TEST(Utf8, FindsWhatIsNotWellFormed) {
    EXPECT_EQ(find_invalid_utf8("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x98"), std::string_view::npos);
    for (const char* const text :
         {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xff"}) {
        EXPECT_EQ(find_invalid_utf8(std::string("ab") + text), 2U);
    }
}

TEST_F(ConfigurationTest, PrintedConfigurationLoadsAgainAndHidesSecrets) {
    sources_.environment = {{"GLASSFLOW_SOURCE_PASSWORD", "hunter2"}};
    const Configuration c =
        load_text("source: {database: \"a \\\"b\\\" $${X} #\", slot: s, tables: ['*.\"a,b\"', c.d]}\n" + sink_text +
                  "  - name: cloud\n    type: glassflow\n    pipeline_id: p\n"
                  "    access_token: hunter2\n    retry_max: 61s\nlog: {level: error}\n");
    const std::string printed = configuration_text(c);
    EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
    EXPECT_THAT(printed, HasSubstr("  password: \"********\"\n"));
    EXPECT_THAT(printed, HasSubstr("    access_token: \"********\"\n"));
    sources_.environment.clear();
    const Configuration again = load_text(printed);
    EXPECT_EQ(again.source.database, "a \"b\" ${X} #");
    EXPECT_EQ(again.source.tables, c.source.tables);
    EXPECT_EQ(configuration_text(again), printed);
}

TEST_F(ConfigurationTest, APasswordThatIsNotSetIsShownAsEmpty) {
    EXPECT_THAT(configuration_text(load_text(minimal_text)), HasSubstr("  password: \"\"\n"));
}

}  // namespace
}  // namespace glassflow::config
