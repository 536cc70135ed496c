// What does not load: each message names file, line and key, tells the remedy, and never shows a secret.
#include "config/configuration_fixture.h"
#include "config/option_table.h"

namespace glassflow::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

struct Case {
    std::string name;
    std::string text;
    std::string problem;  // "place: what | hint", or its beginning
};

class HostileConfiguration : public ConfigurationTest, public testing::WithParamInterface<Case> {};

TEST_P(HostileConfiguration, IsRefusedWithPlaceKeyAndRemedy) {
    EXPECT_THAT(problems_of(GetParam().text), ElementsAre(StartsWith(GetParam().problem)));
}

std::string case_name(const testing::TestParamInfo<Case>& tested) {
    return tested.param.name;
}

std::string in_source(const std::string& line) {
    return source_text + "  " + line + "\n" + sink_text;
}
std::string in_http(const std::string& line) {
    return source_text + http_text + "    " + line + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    Values, HostileConfiguration,
    testing::Values(
        Case{"unknown_key", in_source("prot: 5432"), "c.yaml:4: unknown key \"source.prot\" | Did you mean \"port\"?"},
        Case{"unknown_section", minimal_text + "amdin: {}\n",
             "c.yaml:8: unknown key \"amdin\" | Did you mean \"admin\"?"},
        Case{"misplaced_key", minimal_text + "slot: x\n",
             "c.yaml:8: unknown key \"slot\" | Did you mean \"source.slot\"?"},
        Case{"far_key", in_source("zzzzzz: 1"),
             "c.yaml:4: unknown key \"source.zzzzzz\" | Known keys here are host, port, target_session_attrs, user, "
             "password, password_file,"},
        Case{"unknown_sink_key", minimal_text + "    pth: x\n",
             "c.yaml:8: unknown key \"sinks.files.pth\" | Did you mean \"path\"?"},
        Case{"key_of_other_type", minimal_text + "    url: http://x\n",
             "c.yaml:8: sinks.files.url does not belong to a sink of type file | Remove it, or make the type "
             "glassflow or otlp."},
        Case{"duplicate_key", in_source("slot: other"),
             "c.yaml:4: source.slot is given twice | Remove one of them; the first is on line 3."},
        Case{"duplicate_section", minimal_text + "source:\n  port: 1\n",
             "c.yaml:8: source is given twice | Remove one of them; the first is on line 1."},
        Case{"secret_and_its_file", in_source("password: x\n  password_file: y"),
             "c.yaml:5: both source.password and source.password_file are given | Remove one of them; the other is at "
             "c.yaml:4."},
        Case{"file_of_no_secret", in_source("host_file: x"), "c.yaml:4: unknown key \"source.host_file\""},
        Case{"integer_is_text", in_source("port: abc"),
             "c.yaml:4: source.port must be an integer from 1 to 65535, not \"abc\" | Give a value within this range."},
        Case{"integer_too_large", in_source("port: 65536"),
             "c.yaml:4: source.port must be an integer from 1 to 65535, "},
        Case{"integer_overflows", in_source("port: 18446744073709551617"), "c.yaml:4: source.port must be an integer"},
        Case{"integer_zero", in_source("port: 0"),
             "c.yaml:4: source.port must be an integer from 1 to 65535, not \"0\""},
        Case{"integer_negative", in_source("port: -1"), "c.yaml:4: source.port must be an integer"},
        Case{"integer_hexadecimal", in_source("port: 0x10"), "c.yaml:4: source.port must be an integer"},
        Case{"boolean", in_source("create_slot: maybe"),
             "c.yaml:4: source.create_slot must be true or false, not \"maybe\" | Write true or false."},
        Case{
            "duration_without_unit", in_source("connect_timeout: 10"),
            "c.yaml:4: source.connect_timeout must be a duration from 1s to 10m, not \"10\" | Write a whole number and "
            "its unit: 500ms, 10s, 5m or 1h."},
        Case{"duration_overflows", in_source("connect_timeout: 18446744073709551615h"),
             "c.yaml:4: source.connect_timeout must be a duration"},
        Case{"size_unknown_unit", in_source("frame_bytes: 64MB"),
             "c.yaml:4: source.frame_bytes must be a size from 1KiB to 16MiB, not \"64MB\" | Write bytes, or a whole"},
        Case{"size_too_small", in_source("frame_bytes: 1023"), "c.yaml:4: source.frame_bytes must be a size from 1KiB"},
        Case{"size_overflows", minimal_text + "memory_limit: 16777217TiB\n", "c.yaml:8: memory_limit must be a size"},
        Case{"word", in_source("sslmode: requier"),
             "c.yaml:4: source.sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full, not "
             "\"requier\" | Did you mean \"require\"?"},
        Case{"format", minimal_text + "    format: avro\n",
             "c.yaml:8: sinks.files.format must be one of envelope, wal2json, flat, row, not \"avro\""},
        Case{"log_level", minimal_text + "log: {level: \"\"}\n", "c.yaml:8: log.level must be one of debug, info,"},
        Case{"text_is_sequence", in_source("user: [a, b]"), "c.yaml:4: source.user must be text"},
        Case{"text_is_mapping", in_source("user: {a: b}"), "c.yaml:4: source.user must be text"},
        Case{"null", in_source("host:"), "c.yaml:4: source.host has no value | Give it a value, \"\" if it shall be"},
        Case{"list_of_mappings", in_source("tables: [{a: b}]"), "c.yaml:4: source.tables must be a list of texts"},
        Case{"list_with_null", in_source("tables: [~]"), "c.yaml:4: source.tables must be a list of texts"},
        Case{"table_without_schema", in_source("tables: [orders]"),
             "c.yaml:4: source.tables holds a pattern that is not schema.table"},
        Case{"table_with_open_quote", in_source("tables: ['public.\"a']"),
             "c.yaml:4: source.tables holds a pattern with an unbalanced double quote"},
        Case{"table_empty_element", in_source("tables: \"a.b,,c.d\""),
             "c.yaml:4: source.tables holds an empty element"},
        Case{"slot_name", "source: {database: d, slot: Orders}\n" + sink_text,
             "c.yaml:1: source.slot must be 1 to 63 characters of a-z, 0-9 and _"},
        Case{"slot_name_long", "source: {database: d, slot: " + std::string(64, 'a') + "}\n" + sink_text,
             "c.yaml:1: source.slot must be 1 to 63 characters"},
        Case{"slot_empty", "source: {database: d, slot: \"\"}\n" + sink_text, "c.yaml:1: source.slot is empty"},
        Case{"slot_missing", "source: {database: d}\n" + sink_text,
             "c.yaml: source.slot is missing | Set it in the file, as GLASSFLOW_SOURCE_SLOT or as --source.slot."},
        Case{"database_long", "source: {slot: s, database: " + std::string(64, 'a') + "}\n" + sink_text,
             "c.yaml:1: source.database is longer than the 63 bytes"},
        Case{"control_character", in_source("host: \"a\\tb\""), "c.yaml:4: source.host holds a control character"},
        Case{"unset_variable", in_source("host: ${NO_SUCH}"),
             "c.yaml:4: source.host: environment variable NO_SUCH is not set | Set it, or write ${NO_SUCH:-default}"},
        Case{"unset_variable_of_required", "source: {database: \"${NO_SUCH}\", slot: s}\n" + sink_text,
             "c.yaml:1: source.database: environment variable NO_SUCH is not set"},
        Case{"open_variable", in_source("host: ${A"), "c.yaml:4: source.host: ${ without a closing }"},
        Case{"malformed_variable", in_source("host: ${A B}"), "c.yaml:4: source.host: malformed ${...}"},
        Case{"reconnect_order", in_source("reconnect_initial: 10s\n  reconnect_max: 1s"),
             "c.yaml: source.reconnect_max is shorter than source.reconnect_initial"},
        Case{"listen", minimal_text + "admin: {listen: \":8088\"}\n", "c.yaml:8: admin.listen must be address:port"},
        Case{"listen_port", minimal_text + "admin: {listen: \"127.0.0.1:65536\"}\n",
             "c.yaml:8: admin.listen must be address:port"},
        Case{"state_directory", minimal_text + "state_directory: \"\"\n", "c.yaml:8: state_directory is empty"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Sinks, HostileConfiguration,
    testing::Values(
        Case{"no_sinks", source_text,
             "c.yaml: sinks is missing: there is nothing to deliver to | Add at least one sink"},
        Case{"empty_sinks", source_text + "sinks: []\n", "c.yaml: sinks is missing"},
        Case{"sinks_is_text", source_text + "sinks: file\n", "c.yaml:4: sinks must be a list"},
        Case{"sink_is_text", source_text + "sinks: [file]\n", "c.yaml:4: sinks[0] must be a mapping of keys to values"},
        Case{"no_name", source_text + "sinks: [{type: file, path: x}]\n", "c.yaml:4: sinks[0].name is missing"},
        Case{"bad_name", source_text + "sinks: [{name: a/b, type: file, path: x}]\n",
             "c.yaml:4: sinks.a/b.name must be 1 to 63 characters of A-Z, a-z, 0-9, _ and -"},
        Case{"no_type", source_text + "sinks: [{name: a, path: x}]\n",
             "c.yaml:4: sinks.a.type is missing | Set it to one of file, glassflow, otlp, kafka."},
        Case{"bad_type", source_text + "sinks: [{name: a, type: flie, path: x}]\n",
             "c.yaml:4: sinks.a.type must be one of file, glassflow, otlp, kafka, not \"flie\" | Did you mean "
             "\"file\"?"},
        Case{"otlp_without_pipeline", source_text + "sinks: [{name: a, type: otlp, url: \"http://h:4318\"}]\n",
             "c.yaml:4: sinks.a.pipeline_id and pipelines are missing | Set pipeline_id for all tables"},
        Case{"otlp_pipeline_id", source_text + "sinks: [{name: a, type: otlp, pipeline_id: Orders}]\n",
             "c.yaml:4: sinks.a.pipeline_id must be 5 to 40 of a-z, 0-9 and -"},
        Case{"otlp_table_pipeline", source_text + "sinks: [{name: a, type: otlp, pipelines: [orders-pipeline]}]\n",
             "c.yaml:4: sinks.a.pipelines holds an element that is not schema.table=pipeline-id"},
        Case{"otlp_table_pattern",
             source_text + "sinks: [{name: a, type: otlp, pipelines: [orders=orders-pipeline]}]\n",
             "c.yaml:4: sinks.a.pipelines holds a pattern that is not schema.table"},
        Case{"otlp_table_pipeline_id", source_text + "sinks: [{name: a, type: otlp, pipelines: [a.b=c--d-e]}]\n",
             "c.yaml:4: sinks.a.pipelines holds an id that is not 5 to 40"},
        Case{"no_path", source_text + "sinks: [{name: a, type: file}]\n", "c.yaml:4: sinks.a.path is missing"},
        Case{"empty_path", source_text + "sinks: [{name: a, type: file, path: \"\"}]\n",
             "c.yaml:4: sinks.a.path is empty"},
        Case{"same_name", minimal_text + "  - {name: files, type: file, path: x}\n",
             "c.yaml:8: a second sink is called \"files\" | Give each sink a name of its own; the first is at "
             "c.yaml:5."},
        Case{"same_path", minimal_text + "  - {name: more, type: file, path: \"-\"}\n",
             "c.yaml:8: sinks.more.path is also that of the sink \"files\""},
        Case{"no_pipeline", source_text + "sinks: [{name: a, type: glassflow, access_token: x}]\n",
             "c.yaml:4: sinks.a.pipeline_id is missing"},
        Case{"pipeline_path", source_text + "sinks: [{name: a, type: glassflow, access_token: x, pipeline_id: ../x}]\n",
             "c.yaml:4: sinks.a.pipeline_id must be 1 to 128 characters"},
        Case{"no_token", source_text + "sinks: [{name: a, type: glassflow, pipeline_id: x}]\n",
             "c.yaml:4: sinks.a.access_token is missing"},
        Case{"empty_token",
             source_text + "sinks: [{name: a, type: glassflow, pipeline_id: x, access_token: \"${X:-}\"}]\n",
             "c.yaml:4: sinks.a.access_token is empty"},
        Case{"url_scheme", in_http("url: ftp://x"),
             "c.yaml:9: sinks.cloud.url must be a URL that starts with https://"},
        Case{"url_credentials", in_http("url: https://user:pass@x"),
             "c.yaml:9: sinks.cloud.url must not hold a user name or password"},
        Case{"url_query", in_http("url: https://x/v1?a=b"), "c.yaml:9: sinks.cloud.url must not hold a query"},
        Case{"url_port", in_http("url: https://x:0/v1"), "c.yaml:9: sinks.cloud.url is not a well-formed URL"},
        Case{"url_host", in_http("url: https:///v1"), "c.yaml:9: sinks.cloud.url is not a well-formed URL"},
        Case{"concurrency", in_http("concurrent_requests: 0"),
             "c.yaml:9: sinks.cloud.concurrent_requests must be an integer from 1 to 1024, not \"0\""},
        Case{"retry_order", in_http("retry_max: 100ms"), "c.yaml:5: sinks.cloud.retry_max is shorter than"}),
    case_name);

std::string deep(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

INSTANTIATE_TEST_SUITE_P(
    Files, HostileConfiguration,
    testing::Values(
        Case{"top_level_list", "- a\n", "c.yaml:1: the file is not a mapping of keys to values"},
        Case{"top_level_text", "hello", "c.yaml:1: the file is not a mapping of keys to values"},
        Case{"open_quote", minimal_text + "log:\n  level: \"info\nstate_directory: x\n",
             "c.yaml:10: the file is not valid YAML: illegal EOF in scalar"},
        Case{"open_single_quote", minimal_text + "log: 'info\n\n", "c.yaml:8: the file is not valid YAML: illegal EOF"},
        Case{"open_bracket", "source:\n  tables: [a, b\n", "c.yaml:2: the file is not valid YAML: "},
        Case{"illegal_map", "source:\n  database: a: b\n", "c.yaml:2: the file is not valid YAML: "},
        Case{"alias_bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
             "c.yaml:1: YAML anchors (&name) are not supported"},
        Case{"tag", "source: !!python/object x\n", "c.yaml:1: YAML tags (!name) are not supported"},
        Case{"line_escape", "source:\n  slot: \"a\\Nb\"\n", "c.yaml:2: the escapes \\N and \\_ are not supported"},
        Case{"space_escape", "\"a\\_b\": 1\n", "c.yaml:1: the escapes \\N and \\_ are not supported"},
        Case{"documents", minimal_text + "---\n" + minimal_text, "c.yaml:8: more than one YAML document"},
        Case{"deep", "source: " + deep(400), "c.yaml:1: YAML is nested too deeply"},
        Case{"very_deep", "source: " + deep(400'000), "c.yaml:1: "},
        Case{"key_is_list", "[a]: b\n", "c.yaml:1: a key is not text"},
        Case{"many_nodes",
             "source: {tables: [" +
                 [] {
                     std::string text;
                     for (int i = 0; i < 60'000; ++i) {
                         text += "x,";
                     }
                     return text;
                 }() +
                 "]}\n",
             "c.yaml:1: too many YAML nodes"},
        Case{"nul", std::string("source:\n  host: a\0b\n", 20), "c.yaml:2: the file holds a NUL byte"},
        Case{"not_utf8", "source:\n  host: \xff\n", "c.yaml:2: the file is not valid UTF-8"},
        Case{"too_large", std::string((1 << 20) + 1, '#'),
             "c.yaml: could not read the configuration file: is larger than 1MiB"}),
    case_name);

TEST_F(ConfigurationTest, ReportsEveryProblemAtOnce) {
    sources_.environment = {{"GLASSFLOW_SOURCE_PORT", "x"}, {"GLASSFLOW_SOURCE_HOTS", "x"}};
    sources_.flags = {{"log.level", "loud"}, {"nonsense", "1"}};
    EXPECT_THAT(
        problems_of("source:\n  databse: shop\n  frame_bytes: 1\nsinks:\n  - {name: a, type: file}\n  - {name: b}\n"),
        UnorderedElementsAre(
            StartsWith("c.yaml:2: unknown key \"source.databse\" | Did you mean \"database\"?"),
            StartsWith("c.yaml:3: source.frame_bytes must be a size"), StartsWith("c.yaml: source.database is missing"),
            StartsWith("c.yaml: source.slot is missing"), StartsWith("c.yaml:5: sinks.a.path is missing"),
            StartsWith("c.yaml:6: sinks.b.type is missing"),
            "environment variable GLASSFLOW_SOURCE_PORT: source.port must be an integer from 1 to 65535, not \"x\" | "
            "Give "
            "a value within this range.",
            "environment variable GLASSFLOW_SOURCE_HOTS: it sets no known key | Did you mean "
            "\"GLASSFLOW_SOURCE_HOST\"?",
            StartsWith("flag --log.level: log.level must be one of"),
            StartsWith("flag --nonsense: it sets no known key")));
}

TEST_F(ConfigurationTest, AnEmptyFileMissesWhatIsRequired) {
    EXPECT_THAT(problems_of("# nothing\n"), UnorderedElementsAre(StartsWith("c.yaml: source.database is missing"),
                                                                 StartsWith("c.yaml: source.slot is missing"),
                                                                 StartsWith("c.yaml: sinks is missing")));
    EXPECT_THAT(problems_without_file(),
                Contains("configuration: source.slot is missing | Set it in a configuration file (--config FILE), as "
                         "GLASSFLOW_SOURCE_SLOT or as --source.slot."));
}

TEST_F(ConfigurationTest, AFileThatCannotBeReadIsNamed) {
    sources_.file = directory_ / "absent.yaml";
    try {
        load(sources_);
        FAIL();
    } catch (const ConfigError& e) {
        EXPECT_THAT(e.what(), AllOf(HasSubstr("absent.yaml: could not read"), HasSubstr("no such file or directory")));
    }
    sources_.file = directory_;
    EXPECT_THROW(load(sources_), ConfigError);
}

TEST_F(ConfigurationTest, ErrorsOfSinkVariablesAndFlags) {
    sources_.environment = {{"GLASSFLOW_SINKS_OTHER_PATH", "x"}, {"GLASSFLOW_SINKS_FILES_PTAH", "x"}};
    sources_.flags = {{"sinks.gone.path", "x"},
                      {"sinks.files.pth", "x"},
                      {"sinks.files.name", "x"},
                      {"sinks.files.path", "a"},
                      {"sinks.files.path", "b"}};
    EXPECT_THAT(problems_of(minimal_text),
                UnorderedElementsAre(
                    StartsWith("environment variable GLASSFLOW_SINKS_OTHER_PATH: there is no sink of that name"),
                    StartsWith("environment variable GLASSFLOW_SINKS_FILES_PTAH: it sets no known key of a sink"),
                    StartsWith("flag --sinks.gone.path: there is no sink called \"gone\""),
                    "flag --sinks.files.pth: it sets no known key | Did you mean \"path\"?",
                    StartsWith("flag --sinks.files.name: it sets no known key"),
                    StartsWith("flag --sinks.files.path: sinks.files.path is given twice")));
}

TEST_F(ConfigurationTest, AVariableThatCouldMeanTwoSinksIsRefused) {
    sources_.environment = {{"GLASSFLOW_SINKS_A_B_PATH", "x"}};
    EXPECT_THAT(
        problems_of(source_text + "sinks: [{name: a-b, type: file, path: x}, {name: a_b, type: file, path: y}]"),
        ElementsAre(HasSubstr("the names of several sinks are spelled like that")));
}

TEST_F(ConfigurationTest, ASecretIsNoFlag) {
    sources_.flags = {{"source.password", "hunter2"}, {"sinks.cloud.access_token", "hunter2"}};
    EXPECT_THAT(
        problems_of(source_text + http_text),
        ElementsAre("flag --source.password: a secret cannot be given as a flag, where the process list shows it | "
                    "Give it in the environment as GLASSFLOW_SOURCE_PASSWORD, or its file as "
                    "--source.password_file.",
                    HasSubstr("--sinks.cloud.access_token_file")));
}

TEST_F(ConfigurationTest, SecretFilesThatCannotServe) {
    EXPECT_THAT(problems_of(in_source("password_file: " + write("empty", "\n"))),
                ElementsAre(StartsWith("c.yaml:4: the file of source.password_file is empty")));
    EXPECT_THAT(problems_of(in_source("password_file: " + (directory_ / "absent").string())),
                ElementsAre(HasSubstr("could not read the file of source.password_file \"absent\": no such file")));
    EXPECT_THAT(problems_of(in_source("password_file: " + write("huge", std::string(70'000, 'x')))),
                ElementsAre(HasSubstr("is larger than 64KiB")));
    EXPECT_THAT(problems_of(in_source("password_file: " + write("lines", "hunter2\nmore\n"))),
                ElementsAre(AllOf(HasSubstr("source.password holds a control character"), Not(HasSubstr("hunter2")))));
}

// Every secret option, with every value an error could repeat.
TEST_F(ConfigurationTest, NoErrorEverShowsASecret) {
    const std::string secret = "hunter2";
    sources_.environment = {{"SECRET", secret}, {"GLASSFLOW_SINKS_CLOUD_ACCESS_TOKEN", secret + " \xff"}};
    const std::string text =
        "source:\n  port: ${SECRET}\n  sslmode: ${SECRET}\n  slot: ${SECRET}-\n  create_slot: "
        "${SECRET}\n  tables: ${SECRET}\n  password: \"" +
        secret + "\\n\"\n  connect_timeout: ${SECRET}\n" + http_text + "    url: https://" + secret + "@host\n";
    const std::vector<std::string> problems = problems_of(text);
    EXPECT_GE(problems.size(), 8U);
    EXPECT_THAT(problems, testing::Each(Not(HasSubstr(secret))));
    EXPECT_THAT(problems, Contains(HasSubstr("not \"${SECRET}\"")));
}

}  // namespace
}  // namespace glassflow::config
