// --pipeline: what a GlassFlow pipeline document gives, in every shape that such documents have, and what is refused.
#include <gmock/gmock.h>

#include "config/configuration_fixture.h"
#include "config/configuration_text.h"
#include "config/layers.h"
#include "config/pipeline_conversion.h"

namespace glassflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PipelineTest : public ConfigurationTest {
protected:
    void document(const std::string& text) { sources_.pipeline = write("p.yaml", text); }

    // A document around the settings of its source, which are indented by six blanks.
    void source(const std::string& settings, const std::string& head = "") {
        document(head +
                 "name: shop\nspace_name: demo\ncomponents:\n  - id: src\n    type: source\n    kind: postgres\n" +
                 "    config:\n" + settings +
                 "  - id: fn\n    type: transformer\n    transformation: {path: handler.py}\n"
                 "  - id: out\n    type: sink\n    kind: clickhouse\n    config: {addr: \"h:9440\"}\n");
    }

    std::vector<std::string> problems() { return problems_of(sink_text); }

    std::string converted() {
        Problems problems;
        const PipelineDocument read = read_pipeline_file(*sources_.pipeline, problems, warnings_);
        EXPECT_THAT(lines(problems), IsEmpty());
        return converted_text(read);
    }
};

const std::string plain =
    "      db_host: db.example.com\n"
    "      db_port: \"5433\"\n"
    "      db_user: gf\n"
    "      db_pass: sec${ret}\n"
    "      db_name: shop\n"
    "      db_sslmode: require\n"
    "      replication_slot: gf_slot\n"
    "      publication: gf_pub\n"
    "      replication_output_plugin_name: wal2json\n"
    "      replication_output_plugin_args: [\"\\\"format-version\\\" '2'\", actions=insert]\n";

const std::string as_list =
    "      - db_host: db.example.com\n"
    "      - db_port: \"5433\"\n"
    "      - db_user: gf\n"
    "      - db_pass: sec${ret}\n"
    "      - db_name: shop\n"
    "      - db_sslmode: require\n"
    "      - replication_slot: gf_slot\n"
    "      - publication: gf_pub\n"
    "      - replication_output_plugin_name: wal2json\n"
    "      - replication_output_plugin_args: [\"\\\"format-version\\\" '2'\", actions=insert]\n";

const std::string wrapped =
    "      db_host: {value: db.example.com}\n"
    "      db_port: {value: 5433}\n"
    "      db_user: {value: gf}\n"
    "      db_pass: {secret_ref: {type: organization, key: SHOP_PASS}}\n"
    "      db_name: {value: shop}\n"
    "      db_sslmode: {value: require}\n"
    "      replication_slot: {value: gf_slot}\n"
    "      publication: {value: gf_pub}\n"
    "      replication_output_plugin_name: {value: wal2json}\n"
    "      replication_output_plugin_args: [\"format-version '2'\", \"actions insert\"]\n";

TEST_F(PipelineTest, EveryShapeOfTheSourceSaysTheSame) {
    sources_.environment = {{"SHOP_PASS", "sec${ret}"}};
    for (const std::string& settings : {plain, as_list, wrapped}) {
        source(settings);
        const Configuration c = load_text(sink_text);
        EXPECT_THAT(c.source.hosts, ElementsAre("db.example.com"));
        EXPECT_EQ(c.source.port, 5433);
        EXPECT_EQ(c.source.user, "gf");
        EXPECT_EQ(c.source.password, "sec${ret}") << "a document is not interpolated";
        EXPECT_EQ(c.source.database, "shop");
        EXPECT_EQ(c.source.sslmode, "require");
        EXPECT_EQ(c.source.slot, "gf_slot");
        EXPECT_THAT(c.source.publications, ElementsAre("gf_pub"));
        EXPECT_EQ(c.source.plugin, postgres::SlotPlugin::wal2json);
        EXPECT_THAT(c.source.wal2json_args, ElementsAre("format-version=2", "actions=insert"));
        EXPECT_THAT(warnings_, IsEmpty());
    }
}

// A list of wal2json's has commas in it.
TEST_F(PipelineTest, ArgumentsOfThePluginKeepTheirCommas) {
    source(
        "      db_host: h\n      db_user: u\n      db_pass: p\n      db_name: d\n      replication_slot: s\n"
        "      replication_output_plugin_name: wal2json\n"
        "      replication_output_plugin_args: [\"actions=insert,update\", \"\\\"add-tables\\\" 'a.b, c.*'\"]\n");
    EXPECT_THAT(load_text(sink_text).source.wal2json_args, ElementsAre("actions=insert,update", "add-tables=a.b, c.*"));
    sources_.environment = {{"GLASSFLOW_SOURCE_WAL2JSON_ARGS", "format-version=1; actions=insert,update"}};
    EXPECT_THAT(load_text(sink_text).source.wal2json_args, ElementsAre("format-version=1", "actions=insert,update"));
}

TEST_F(PipelineTest, TheKeyMayBeCalledConfigurationAndArgumentsMayBeAnEmptyText) {
    document(
        "components:\n- type: source\n  kind: postgres\n  configuration: {db_host: h, db_user: u, db_pass: p, db_name: "
        "d, "
        "replication_slot: s, replication_output_plugin_args: \"\"}\n");
    const Configuration c = load_text(sink_text);
    EXPECT_EQ(c.source.plugin, postgres::SlotPlugin::automatic) << "the slot says which plugin it has";
    EXPECT_THAT(c.source.wal2json_args, IsEmpty());
}

TEST_F(PipelineTest, FileEnvironmentAndFlagsBeatTheDocument) {
    source(plain);
    sources_.environment = {{"GLASSFLOW_SOURCE_USER", "of_environment"}};
    sources_.flags = {{"source.slot", "of_flag"}};
    const Configuration c = load_text("source:\n  port: 6000\n" + sink_text);
    EXPECT_EQ(c.source.port, 6000);
    EXPECT_EQ(c.source.user, "of_environment");
    EXPECT_EQ(c.source.slot, "of_flag");
    EXPECT_EQ(c.source.database, "shop");
}

TEST_F(PipelineTest, ItsIdGivesASinkUnlessTheFileHasOne) {
    source(plain, "pipeline_id: 12-ab\nspace_id: x\n");
    EXPECT_EQ(load_text(sink_text).sinks.size(), 1);
    sources_.environment = {{"GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN", "t"}};
    const Configuration c = load_text("");
    ASSERT_EQ(c.sinks.size(), 1);
    EXPECT_EQ(std::get<sink::GlassflowHttpSettings>(c.sinks[0].settings).pipeline_id, "12-ab");
    EXPECT_EQ(c.sinks[0].format, format::FormatName::wal2json);
}

TEST_F(PipelineTest, ASecretThatIsNotInTheEnvironmentIsAProblemWhereItRunsOnly) {
    source(wrapped);
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("p.yaml:11: db_pass: environment variable SHOP_PASS is not set | ")));
    Problems absences;
    load(sources_, &warnings_, &absences);
    EXPECT_THAT(lines(absences), ElementsAre(HasSubstr("SHOP_PASS is not set")));
}

TEST_F(PipelineTest, OptionsThatTheCollectorSetsAreLeftOutWithAWarning) {
    source(
        "      {db_host: h, db_user: u, db_pass: p, db_name: d, replication_slot: s, replication_output_plugin_name: "
        "pgoutput, replication_output_plugin_args: [\"proto_version '1'\", \"publication_names 'a'\"]}\n");
    EXPECT_THAT(load_text(sink_text).source.publications, ElementsAre("a"));
    EXPECT_THAT(lines(warnings_), ElementsAre(HasSubstr("the plugin's option \"proto_version\" is left out")));
}

TEST_F(PipelineTest, EveryMistakeIsToldAtOnceWithItsLine) {
    source(
        "      db_hots: h\n"
        "      db_port: many\n"
        "      db_user: {secret: x}\n"
        "      db_pass: hunter2\n"
        "      db_pass: hunter3\n"
        "      replication_slot: S-1\n"
        "      replication_output_plugin_name: decoderbufs\n"
        "      replication_output_plugin_args: [hunter4]\n");
    const auto told = problems();
    EXPECT_THAT(
        told,
        testing::UnorderedElementsAre(
            HasSubstr("p.yaml:8: unknown key \"db_hots\" of a source of kind postgres | Did you mean \"db_host\"?"),
            HasSubstr("p.yaml:10: db_user is neither a text nor one of"),
            HasSubstr("p.yaml:12: db_pass is given twice"), HasSubstr("db_host is missing"),
            HasSubstr("db_name is missing"), HasSubstr("holds \"hunter4\", which is no option of a plugin"),
            HasSubstr("p.yaml:9: source.port must be an integer from 1 to 65535, not \"many\""),
            HasSubstr("p.yaml:13: source.slot"), HasSubstr("p.yaml:14: source.plugin must be one of"),
            HasSubstr("source.database is missing")));
    EXPECT_THAT(told, Not(testing::Contains(HasSubstr("hunter2"))));
}

TEST_F(PipelineTest, OtherDocumentsAreRefused) {
    const std::string of_etl = "version: v3\npipeline_id: x\nsources: [{type: kafka}]\n";
    for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
             {of_etl, "the pipeline document has no list of components"},
             {"[]", "the pipeline document has no list of components"},
             {"", "the pipeline document has no list of components"},
             {"components: []\n", "has no component of type source"},
             {"components: [1, [2], null]\n", "has no component of type source"},
             {"components: [{type: source}]\n", "the source of the pipeline document has no kind"},
             {"components: [{type: source, kind: amazon_sqs}]\n", "is of kind \"amazon_sqs\""},
             {"components: [{type: source, kind: postgres}]\n", "has no config"},
             {"components: [{type: source, kind: postgres, config: x}]\n", "config must be a mapping, or a list of"},
             {"components: [{type: source, kind: postgres, config: [{a: 1, b: 2}]}]\n", "config must be a mapping, or"},
             {"components: [{type: source}, {type: source}]\n", "a second component of type source"},
             {"components: [\n", "the file is not valid YAML"}}) {
        document(text);
        EXPECT_THAT(problems_of(minimal_text), testing::Contains(HasSubstr(what))) << text;
    }
}

TEST_F(PipelineTest, ConvertedItSaysTheSameAndHoldsNoSecret) {
    sources_.environment = {
        {"SHOP_PASS", "s"}, {"PGPASSWORD", "s"}, {"GLASSFLOW_TOKEN", "t"}, {"GLASSFLOW_PIPELINE_ID", "i"}};
    for (const std::string& settings : {plain, as_list, wrapped}) {
        source(settings, "pipeline_id: 12-ab\nspace_id: x\n");
        const std::string text = converted();
        EXPECT_THAT(text, Not(HasSubstr("ret")));
        EXPECT_THAT(text, HasSubstr(settings == wrapped ? "password: ${SHOP_PASS}\n"
                                                        : "password: ${PGPASSWORD}  # the document"));
        EXPECT_THAT(text, HasSubstr("# What stays with GlassFlow: transformer, sink clickhouse."));
        sources_.environment["GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN"] = "t";
        const std::string of_document = configuration_text(load_text(""));
        sources_.environment.erase("GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN");
        sources_.pipeline.reset();
        EXPECT_EQ(configuration_text(load_text(text)), of_document);
    }
}

TEST(PluginArgument, IsReadInTheFormOfStartReplicationToo) {
    EXPECT_EQ(plugin_argument("format-version=2"), "format-version=2");
    EXPECT_EQ(plugin_argument("\"format-version\" '2'"), "format-version=2");
    EXPECT_EQ(plugin_argument("add-tables  'public.a, public.b=c'"), "add-tables=public.a, public.b=c");
    for (const char* const text : {"", " ", "=", "a=", "pretty", "\"\" 'x'", "a;b 'x'"}) {
        EXPECT_EQ(plugin_argument(text), "") << text;
    }
}

}  // namespace
}  // namespace glassflow::config
