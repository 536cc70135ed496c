#include "sink/otlp/pipeline_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/sink.h"

namespace glassflow::sink {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

OtlpSettings settings_of(std::vector<std::string> pipelines, std::string pipeline_id = "",
                         std::vector<std::string> tables = {}) {
    OtlpSettings settings;
    settings.name = "otlp";
    settings.pipelines = std::move(pipelines);
    settings.pipeline_id = std::move(pipeline_id);
    settings.tables = std::move(tables);
    return settings;
}

std::string id_of(PipelineMap& map, const std::string& schema, const std::string& name) {
    const Table table{schema, name};
    const auto pipeline = map.pipeline_of(&table);
    return pipeline ? map.ids()[*pipeline] : "none";
}

TEST(PipelineMap, one_pipeline_takes_everything) {
    PipelineMap map(settings_of({}, "pg-all"));
    EXPECT_THAT(map.ids(), ElementsAre("pg-all"));
    EXPECT_EQ(id_of(map, "public", "orders"), "pg-all");
    EXPECT_EQ(map.pipeline_of(nullptr), 0u);
}

TEST(PipelineMap, the_first_element_that_matches_counts_then_the_default) {
    PipelineMap map(settings_of({"public.orders=pg-orders", "public.o*= pg-some", "Sales.*=pg-orders"}, "pg-all"));
    EXPECT_THAT(map.ids(), ElementsAre("pg-all", "pg-orders", "pg-some"));
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(id_of(map, "public", "orders"), "pg-orders");
        EXPECT_EQ(id_of(map, "public", "others"), "pg-some");
        EXPECT_EQ(id_of(map, "sales", "x"), "pg-orders");
        EXPECT_EQ(id_of(map, "Sales", "x"), "pg-all");
    }
}

TEST(PipelineMap, many_tables_are_known_without_growing_for_ever) {
    PipelineMap map(settings_of({"public.t*7=pg-sevens"}, "pg-all"));
    for (int round = 0; round < 2; ++round) {
        for (int table = 0; table < 25'000; ++table) {
            EXPECT_EQ(id_of(map, "public", "t" + std::to_string(table)), table % 10 == 7 ? "pg-sevens" : "pg-all");
        }
    }
}

TEST(PipelineMap, without_a_default_messages_have_no_pipeline) {
    PipelineMap map(settings_of({"*.*=pg-orders"}));
    EXPECT_EQ(id_of(map, "public", "orders"), "pg-orders");
    EXPECT_EQ(map.pipeline_of(nullptr), std::nullopt);
}

TEST(PipelineMap, quoted_names_hold_anything) {
    PipelineMap map(settings_of({R"("My.Schema"."a=b""c"=pg-orders)"}, "pg-all"));
    EXPECT_EQ(id_of(map, "My.Schema", "a=b\"c"), "pg-orders");
    EXPECT_EQ(id_of(map, "my.schema", "a=b\"c"), "pg-all");
}

std::string refusal(const OtlpSettings& settings) {
    try {
        PipelineMap map(settings);
    } catch (const SinkError& error) {
        return error.what();
    }
    return {};
}

TEST(PipelineMap, refuses_what_is_no_entry) {
    for (const auto* text : {"orders-pipeline", "=pg-orders", "orders=pg-orders", "a.b.c=pg-orders", "a.\"b=pg-orders",
                             ".b=pg-orders", "a.=pg-orders", "a b.c=pg-orders"}) {
        EXPECT_THAT(refusal(settings_of({text}, "pg-all")), HasSubstr("not schema.table=pipeline-id")) << text;
    }
    EXPECT_THAT(refusal(settings_of({"a.b=Pg"}, "pg-all")), HasSubstr("pipeline in pipelines"));
    EXPECT_THAT(refusal(settings_of({}, "x\r\nHost: y")), HasSubstr("pipeline_id"));
    EXPECT_THAT(refusal(settings_of({})), HasSubstr("no pipeline"));
}

TEST(PipelineMap, every_captured_table_must_have_a_pipeline) {
    struct Case {
        std::vector<std::string> pipelines;
        std::vector<std::string> tables;
        bool is_covered;
    };
    const std::vector<Case> cases{
        {{"public.*=pg-orders"}, {"public.a", "PUBLIC.b*", "public.*"}, true},
        {{"public.a*=pg-orders"}, {"public.a*", "public.abc"}, true},
        {{"*.*=pg-orders"}, {}, true},
        {{"public.*=pg-orders"}, {}, false},
        {{"public.a=pg-orders"}, {"public.a", "public.b"}, false},
        {{"public.a*=pg-orders"}, {"public.*"}, false},
        {{"public.a*=pg-orders"}, {"public.aa*"}, false},  // true, but not to be told by their texts
        {{"public.\"A\"=pg-orders"}, {"public.A"}, false},
        {{"public.\"*\"=pg-orders"}, {"public.*"}, false},
    };
    for (const auto& [pipelines, tables, is_covered] : cases) {
        SCOPED_TRACE(testing::PrintToString(pipelines) + testing::PrintToString(tables));
        EXPECT_EQ(refusal(settings_of(pipelines, "", tables)).empty(), is_covered);
        EXPECT_EQ(refusal(settings_of(pipelines, "pg-all", tables)), "");
    }
}

TEST(PipelineId, is_as_the_management_api_has_it) {
    for (const auto* id : {"pg-otlp", "abcde", "a1234", "a-b-c"}) {
        EXPECT_TRUE(is_otlp_pipeline_id(id)) << id;
    }
    EXPECT_TRUE(is_otlp_pipeline_id(std::string(40, 'a')));
    for (const auto* id : {"", "abcd", "1abcd", "-abcd", "abcd-", "ab--cd", "Abcde", "ab_cd", "ab cd"}) {
        EXPECT_FALSE(is_otlp_pipeline_id(id)) << id;
    }
    EXPECT_FALSE(is_otlp_pipeline_id(std::string(41, 'a')));
}

// Against a plain recursive matcher.
bool matches_slowly(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) {
        return name.empty();
    }
    if (pattern.front() == '*') {
        return matches_slowly(pattern.substr(1), name) || (!name.empty() && matches_slowly(pattern, name.substr(1)));
    }
    return !name.empty() && pattern.front() == name.front() && matches_slowly(pattern.substr(1), name.substr(1));
}

TEST(NamePattern, a_star_is_any_run_of_characters) {
    std::vector<std::string> texts{""};
    for (std::size_t i = 0; texts[i].size() < 5; ++i) {
        for (char c : {'a', 'b', '*'}) {
            texts.push_back(texts[i] + c);
        }
    }
    for (const auto& pattern : texts) {
        for (const auto& name : texts) {
            ASSERT_EQ((NamePattern{pattern, false}.matches(name)), matches_slowly(pattern, name))
                << pattern << " " << name;
        }
    }
    EXPECT_TRUE((NamePattern{"a*", true}.matches("a*")));
    EXPECT_FALSE((NamePattern{"a*", true}.matches("ab")));
}

}  // namespace
}  // namespace glassflow::sink
