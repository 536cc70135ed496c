// What loads, and what beats what.
#include "config/configuration_loader.h"

#include "config/configuration_fixture.h"

namespace glassflow::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const sink::FileSettings& file_sink(const Configuration& configuration, std::size_t index = 0) {
    return std::get<sink::FileSettings>(configuration.sinks.at(index).settings);
}
const sink::GlassflowHttpSettings& http_sink(const Configuration& configuration, std::size_t index = 0) {
    return std::get<sink::GlassflowHttpSettings>(configuration.sinks.at(index).settings);
}

TEST_F(ConfigurationTest, LoadsTheExampleOfTheReadme) {
    sources_.environment = {{"PGPASSWORD", "p:#w {}"}, {"GLASSFLOW_TOKEN", "t0ken"}};
    const Configuration c = load_text(R"(
source:
  host: 127.0.0.1        # or a socket directory
  port: 5432
  user: replicator
  password: ${PGPASSWORD}
  database: shop
  sslmode: prefer
  slot: orders_slot
  create_slot: true      # when missing
  tables: ["public.*", sales.orders]
  frame_bytes: 128KiB
  connect_timeout: 5s
sinks:
  - name: files
    type: file
    path: "-"
    format: envelope
  - name: glassflow
    type: glassflow
    url: https://api.glassflow.dev/v1/
    pipeline_id: 0b2a
    access_token: ${GLASSFLOW_TOKEN}
    format: wal2json
    concurrent_requests: 7
    request_timeout: 1500ms
admin:
  listen: 127.0.0.1:8088
memory_limit: 1GiB
shutdown_timeout: 2m
log:
  level: debug
  style: json
)");
    EXPECT_EQ(c.source.hosts, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(c.source.port, 5432);
    EXPECT_EQ(c.source.user, "replicator");
    EXPECT_EQ(c.source.password, "p:#w {}");
    EXPECT_EQ(c.source.database, "shop");
    EXPECT_EQ(c.source.sslmode, "prefer");
    EXPECT_EQ(c.source.slot, "orders_slot");
    EXPECT_TRUE(c.source.create_slot);
    EXPECT_THAT(c.source.tables, ElementsAre("public.*", "sales.orders"));
    EXPECT_EQ(c.source.frame_bytes, 131072U);
    EXPECT_EQ(c.source.connect_timeout, 5s);
    ASSERT_EQ(c.sinks.size(), 2U);
    EXPECT_EQ(file_sink(c).name, "files");
    EXPECT_EQ(file_sink(c).path, "-");
    EXPECT_EQ(c.sinks[0].format, format::FormatName::envelope);
    EXPECT_EQ(http_sink(c, 1).url, "https://api.glassflow.dev/v1") << "without the slash at the end";
    EXPECT_EQ(http_sink(c, 1).pipeline_id, "0b2a");
    EXPECT_EQ(http_sink(c, 1).access_token, "t0ken");
    EXPECT_EQ(http_sink(c, 1).concurrent_requests, 7U);
    EXPECT_EQ(http_sink(c, 1).request_timeout, 1500ms);
    EXPECT_EQ(c.sinks[1].format, format::FormatName::wal2json);
    EXPECT_EQ(c.admin.listen, "127.0.0.1:8088");
    EXPECT_EQ(c.delivery.memory_limit_bytes, 1ULL << 30);
    EXPECT_EQ(c.delivery.shutdown_timeout, 2min);
    EXPECT_EQ(c.log.level, log::Level::debug);
    EXPECT_EQ(c.log.style, log::Style::json);
    EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ConfigurationTest, KeepsTheDefaultsOfTheSettingsStructs) {
    const Configuration c = load_text(source_text + http_text);
    EXPECT_EQ(c.source.port, postgres::SourceSettings{}.port);
    EXPECT_EQ(c.delivery.state_directory, delivery::DeliverySettings{}.state_directory);
    EXPECT_EQ(http_sink(c).url, sink::GlassflowHttpSettings{}.url);
    EXPECT_THAT(c.source.tables, IsEmpty());
}

TEST_F(ConfigurationTest, EnvironmentBeatsFileAndFlagsBeatBoth) {
    sources_.environment = {{"GLASSFLOW_SOURCE_HOST", "env"}, {"GLASSFLOW_SOURCE_PORT", "2"}};
    sources_.flags = {{"source.port", "3"}};
    const Configuration c = load_text("source: {host: file, port: 1, database: d, slot: s}\n" + sink_text);
    EXPECT_EQ(c.source.hosts, std::vector<std::string>{"env"});
    EXPECT_EQ(c.source.port, 3);
    EXPECT_EQ(c.source.database, "d");
}

TEST_F(ConfigurationTest, WorksWithoutAFile) {
    sources_.environment = {{"GLASSFLOW_SOURCE_DATABASE", "shop"},
                            {"GLASSFLOW_SOURCE_TABLES", "public.*, sales.\"a,b\""},
                            {"GLASSFLOW_SINKS_MY_CLOUD_TYPE", "glassflow"},
                            {"GLASSFLOW_SINKS_MY_CLOUD_ACCESS_TOKEN", "t"},
                            {"GLASSFLOW_SINKS_MY_CLOUD_PIPELINE_ID", "p"}};
    sources_.flags = {{"source.slot", "s"}, {"sinks.out.path", "x.jsonl"}, {"sinks.out.type", "file"}};
    const Configuration c = load(sources_);
    EXPECT_THAT(c.source.tables, ElementsAre("public.*", "sales.\"a,b\""));
    ASSERT_EQ(c.sinks.size(), 2U);
    EXPECT_EQ(http_sink(c, 0).name, "my_cloud");
    EXPECT_EQ(http_sink(c, 0).access_token, "t");
    EXPECT_EQ(file_sink(c, 1).name, "out");
    EXPECT_EQ(file_sink(c, 1).path, "x.jsonl");
}

TEST_F(ConfigurationTest, EnvironmentAndFlagsChangeSinksOfTheFile) {
    sources_.environment = {{"GLASSFLOW_SINKS_MY_FILE_PATH", "env"}, {"GLASSFLOW_SINKS_MY_FILE_FORMAT", "wal2json"}};
    sources_.flags = {{"sinks.my-file.path", "flag"}};
    const Configuration c = load_text(source_text + "sinks: [{name: my-file, type: file, path: file}]");
    ASSERT_EQ(c.sinks.size(), 1U);
    EXPECT_EQ(file_sink(c).path, "flag");
    EXPECT_EQ(c.sinks[0].format, format::FormatName::wal2json);
}

TEST_F(ConfigurationTest, LeavesVariablesAloneThatAreNotItsOwn) {
    sources_.environment = {{"GLASSFLOW_TOKEN", "x"},
                            {"GLASSFLOW_CONFIG", "x"},
                            {"GLASSFLOW_SOURCE_SERVICE_HOST", "10.0.0.1"},
                            {"GLASSFLOW_ADMIN_PORT_8088_TCP_ADDR", "10.0.0.1"},
                            {"SOURCE_HOST", "x"}};
    EXPECT_THAT(load_text(minimal_text).source.hosts, IsEmpty());
}

TEST_F(ConfigurationTest, InterpolatesValuesOnly) {
    sources_.environment = {{"A", "1"}, {"EMPTY", ""}, {"YAML", "x\"\n  port: 7"}, {"NESTED", "${A}"}};
    Configuration c = load_text("source: {database: \"${A}-${EMPTY:-e}-${UNSET:-u:-v}\", slot: s}\n" + sink_text);
    EXPECT_EQ(c.source.database, "1-e-u:-v");
    c = load_text("source: {database: \"$${A} $A ${NESTED} $$ $\", slot: s}\n" + sink_text);
    EXPECT_EQ(c.source.database, "${A} $A ${A} $$ $");
    EXPECT_THAT(problems_of("source: {database: \"${YAML}\", slot: s}\n" + sink_text),
                ElementsAre(HasSubstr("c.yaml:1: source.database holds a control character")));
}

TEST_F(ConfigurationTest, ReadsSecretsFromFiles) {
    const std::string private_file = write("private", "s3cret\r\n");
    const Configuration c =
        load_text("source: {database: d, slot: s, password_file: " + private_file + "}\n" + sink_text);
    EXPECT_EQ(c.source.password, "s3cret");
    EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ConfigurationTest, ASecretFileOfAFlagBeatsTheSecretOfTheFile) {
    sources_.flags = {{"source.password_file", write("spaces", " pass word \n")}};
    const Configuration c = load_text("source: {database: d, slot: s, password: overridden}\n" + sink_text);
    EXPECT_EQ(c.source.password, " pass word ") << "only the line feed is cut off";
}

TEST_F(ConfigurationTest, WarningsNameTheKeyAndNotTheSecret) {
    const std::string open_file = write("open", "hunter2", 0644);
    sources_.environment = {{"GLASSFLOW_SOURCE_PASSWORD_FILE", open_file}};
    EXPECT_EQ(load_text(minimal_text).source.password, "hunter2");
    EXPECT_THAT(lines(warnings_),
                ElementsAre("environment variable GLASSFLOW_SOURCE_PASSWORD_FILE: the file of source.password_file "
                            "can be read by every user | Take the permission away: chmod o-r."));
    load_text(source_text + http_text + "    url: http://glassflow.example/v1\n");
    EXPECT_THAT(lines(warnings_), testing::Contains(HasSubstr("sinks.cloud.url is not encrypted")));
}

}  // namespace
}  // namespace glassflow::config
