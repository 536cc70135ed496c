#include "glassflow/document.h"

#include <gtest/gtest.h>

#include "glassflow/document_difference.h"

namespace glassflow::etl {
namespace {

Node pipeline(const std::string& window = "24h") {
    return parse_json(R"({"version":"v3","pipeline_id":"pg-orders",
      "transforms":[{"type":"filter","config":{"expression":"x"}},{"type":"dedup","config":{"key":"_event_id","time_window":")" +
                      window + R"("}}],
      "sink":{"connection_params":{"password":"s3cr3t","secure":false},"max_delay_time":"1s",
              "mapping":[{"name":"a","column_name":"a","column_type":"String"},{"name":"b","column_name":"b","column_type":"Int32"}]},
      "metadata":{"tags":[]}})");
}

TEST(Document, JsonComesBack) {
    const Node node = pipeline();
    EXPECT_EQ(parse_json(to_json(node)), node);
    EXPECT_EQ(parse_json(to_compact_json(node)), node);
    EXPECT_EQ(to_compact_json(parse_json(R"({"b":1,"a":[true,null,"ä\n"]})")), R"({"b":1,"a":[true,null,"ä\n"]})");
}

TEST(Document, HostileJsonIsRefused) {
    EXPECT_THROW(parse_json("{"), std::invalid_argument);
    EXPECT_THROW(parse_json(""), std::invalid_argument);
    EXPECT_THROW(parse_json("\"\xff\""), std::invalid_argument);
    EXPECT_THROW(parse_json(std::string(100'000, '[')), std::invalid_argument);
    EXPECT_THROW(parse_json(std::string(1'000, '[') + std::string(1'000, ']')), std::invalid_argument);
}

TEST(Document, YamlQuotesWhatCouldBeTakenForSomethingElse) {
    Node node = Node::map();
    for (const char* text : {"8123", "yes", "null", "1e3", "0x1", "- a", "a: b", "#", "", "~", "12:30", "v3"})
        node.add(std::string("k") + text, text);
    const std::string yaml = to_yaml(node);
    EXPECT_NE(yaml.find("k8123: \"8123\""), std::string::npos) << yaml;
    EXPECT_NE(yaml.find("kyes: \"yes\""), std::string::npos) << yaml;
    EXPECT_NE(yaml.find("kv3: v3"), std::string::npos) << yaml;
}

TEST(Difference, OfTheSameIsNone) {
    EXPECT_TRUE(document_difference(pipeline(), pipeline()).empty());
}

TEST(Difference, WhatTheServerAddsIsNone) {
    Node current = pipeline("24h0m0s");
    std::swap(current.find("transforms")->elements()[0], current.find("transforms")->elements()[1]);
    std::swap(current.find("sink")->find("mapping")->elements()[0],
              current.find("sink")->find("mapping")->elements()[1]);
    current.find("transforms")->elements()[1].find("config")->add("time_window", "0s");
    current.add("resources", parse_json(R"({"sink":{"replicas":2}})"));
    current.add("status", "Running");
    current.find("sink")->add("source_id", "x");
    EXPECT_TRUE(document_difference(current, pipeline()).empty());
    EXPECT_TRUE(document_difference(pipeline("1d"), pipeline("24h")).empty());
    EXPECT_FALSE(document_difference(pipeline("25h"), pipeline("24h")).empty());
}

TEST(Difference, NamesThePlaceAndHidesSecrets) {
    Node current = pipeline();
    *current.find("sink")->find("connection_params")->find("password") = Node("other");
    current.find("sink")->find("mapping")->elements()[0].entries()[2].second = Node("Float64");
    current.find("sink")->find("mapping")->elements().pop_back();
    EXPECT_EQ(document_difference(current, pipeline()),
              (std::vector<std::string>{"sink.connection_params.password: (secret, differs)",
                                        "sink.mapping[a].column_type: \"Float64\" -> \"String\"",
                                        R"(+ sink.mapping[b]: {"name":"b","column_name":"b","column_type":"Int32"})"}));
}

}  // namespace
}  // namespace glassflow::etl
