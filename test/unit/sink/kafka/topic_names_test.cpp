#include "sink/kafka/topic_names.h"

#include <gmock/gmock.h>

#include <map>

#include "sink/sink.h"

namespace glassflow::sink::kafka {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

TopicTemplate make(std::string_view text, std::string_view database = "shop") {
    return {text, "topic", database};
}

TEST(TopicNames, PlainNamesStayAsTheyAre) {
    EXPECT_EQ(make("{database}.{schema}.{table}").topic_of("public", "order_items"), "shop.public.order_items");
    EXPECT_EQ(make("{table}").topic_of("public", "orders"), "orders");
    EXPECT_EQ(make("cdc-{schema}-{table}.v1").topic_of("a_b", "c"), "cdc-a_b-c.v1");
    EXPECT_EQ(make("all").topic_of("a", "b"), "all");
    EXPECT_TRUE(make("all").is_fixed());
    EXPECT_TRUE(make("{database}.all").is_fixed());
    EXPECT_FALSE(make("{table}").is_fixed());
}

TEST(TopicNames, ForeignCharactersAreReplacedAndTold) {
    const auto topics = make("{database}.{schema}.{table}");
    EXPECT_THAT(topics.topic_of("public", "a b"), MatchesRegex("shop\\.public\\.a_b-[0-9a-f]{16}"));
    EXPECT_NE(topics.topic_of("public", "a b"), topics.topic_of("public", "a/b"));
    EXPECT_EQ(topics.topic_of("public", "a_b"), "shop.public.a_b");
    EXPECT_EQ(topics.topic_of("public", "a b"), make("{database}.{schema}.{table}").topic_of("public", "a b"))
        << "the same after each start";
    EXPECT_TRUE(is_legal_topic(topics.topic_of("public", "\xd0\xb7\xd0\xb0\xd0\xba\xd0\xb0\xd0\xb7")));
    EXPECT_TRUE(is_legal_topic(make("{table}").topic_of("public", ".")));
    EXPECT_TRUE(is_legal_topic(make("{table}").topic_of("public", "..")));
}

TEST(TopicNames, ADatabaseIsMadeLegalToo) {
    EXPECT_NE(make("{database}.{table}", "a b").topic_of("s", "t"),
              make("{database}.{table}", "a_b").topic_of("s", "t"));
}

TEST(TopicNames, ALongNameIsCutAndStaysDistinct) {
    const std::string name(63, 'x');
    const auto topics = make("{database}.{schema}.{table}." + std::string(150, 'y'), name);
    const auto one = topics.topic_of(name, name);
    EXPECT_EQ(one.size(), longest_topic_bytes);
    EXPECT_TRUE(is_legal_topic(one));
    EXPECT_NE(one, topics.topic_of(name, name.substr(1)));
}

// What may stand in names, small enough to try all pairs.
TEST(TopicNames, NoTwoTablesShareATopic) {
    const std::vector<std::string> names = {"a",
                                            "b",
                                            "a.b",
                                            "b.a",
                                            "a_b",
                                            "a b",
                                            "a-b",
                                            "_",
                                            "__",
                                            ".",
                                            "..",
                                            "-",
                                            "a.",
                                            ".a",
                                            "a_",
                                            "_a",
                                            "a.b.c",
                                            "b-0123456789abcdef",
                                            "x-0123456789abcdef",
                                            "\xc3\xa4",
                                            "\xc3\xb6",
                                            "A",
                                            "{table}",
                                            "a\xc3\xa4"};
    for (const auto* const text : {"{database}.{schema}.{table}", "{schema}_{table}", "{table}-{schema}",
                                   "p.{schema}__{table}", "{schema}.{database}.{table}", "{schema}.{table}.cdc"}) {
        const auto topics = make(text);
        std::map<std::string, std::string> owners;
        for (const auto& schema : names) {
            for (const auto& table : names) {
                const auto topic = topics.topic_of(schema, table);
                EXPECT_TRUE(is_legal_topic(topic)) << topic;
                const auto owner = owners.try_emplace(topic, schema + " / " + table).first->second;
                EXPECT_EQ(owner, schema + " / " + table) << text << " gives both " << topic;
            }
        }
    }
}

TEST(TopicNames, APlainNameThatLooksLikeAChangedOneIsChanged) {
    const auto topics = make("{table}");
    const auto changed = topics.topic_of("s", "a b");
    EXPECT_NE(topics.topic_of("s", changed), changed);
}

TEST(TopicNames, TemplatesThatCannotWorkAreRefused) {
    const auto problem = [](std::string_view text) -> std::string {
        try {
            make(text);
        } catch (const SinkError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_THAT(problem(""), HasSubstr("is empty"));
    EXPECT_THAT(problem("a b"), HasSubstr("does not allow"));
    EXPECT_THAT(problem("{tabel}"), HasSubstr("placeholder that there is not"));
    EXPECT_THAT(problem("{table"), HasSubstr("placeholder that there is not"));
    EXPECT_THAT(problem("{table}.{table}"), HasSubstr("twice"));
    EXPECT_THAT(problem("{schema}{table}"), HasSubstr("nothing between"));
    EXPECT_THAT(problem(std::string(250, 'a')), HasSubstr("too long"));
    EXPECT_EQ(problem(std::string(249, 'a')), "");
}

TEST(TopicNames, OnlyTablesThatTheTemplateDoesNotTellApartMayShare) {
    const auto topics = make("{table}");
    TopicOwners owners;
    owners.claim("orders", topics.identity_of("a", "orders"));
    EXPECT_NO_THROW(owners.claim("orders", topics.identity_of("b", "orders")));
    EXPECT_THROW(owners.claim("orders", topics.identity_of("b", "other")), SinkError);
}

}  // namespace
}  // namespace glassflow::sink::kafka
