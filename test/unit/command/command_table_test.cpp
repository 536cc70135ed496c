// The command line as a person meets it: exit codes, what goes to which stream, and the remedies.
#include "command/command_table.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "command/complaint.h"

namespace glassflow::command {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Outcome {
    ExitCode code = ExitCode::done;
    std::string out;
    std::string err;
};

Outcome run_program(const std::vector<std::string>& arguments, const config::Environment& environment = {}) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.code = dispatch(arguments, environment);
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
}

// Enough settings for --print-config, which ends before anything is connected to.
std::vector<std::string> with_settings(const std::string& command, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{command, "--source.database", "shop", "--source.slot=orders", "--sinks.a.type",
                                       "file",  "--sinks.a.path",    "-",    "--print-config"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

// An empty directory as the working directory, so that no configuration of the developer's is found.
class CommandTest : public testing::Test {
protected:
    CommandTest() : before_(std::filesystem::current_path()) {
        std::string path = testing::TempDir() + "glassflow-command-XXXXXX";
        directory_ = ::mkdtemp(path.data());
        std::filesystem::current_path(directory_);
    }
    ~CommandTest() override {
        std::filesystem::current_path(before_);
        std::filesystem::remove_all(directory_);
    }

    std::filesystem::path before_;
    std::filesystem::path directory_;
};

TEST_F(CommandTest, HelpListsEveryCommandThatIsNotHidden) {
    for (const std::string word : {"help", "--help", "-h"}) {
        const Outcome outcome = run_program({word});
        EXPECT_EQ(outcome.code, ExitCode::done);
        EXPECT_THAT(outcome.err, IsEmpty());
        for (const Command& command : command_table()) {
            EXPECT_EQ(outcome.out.find("  " + std::string(command.name) + " ") != std::string::npos, !command.is_hidden)
                << command.name;
        }
    }
}

TEST_F(CommandTest, EveryCommandTellsWhatItTakes) {
    for (const Command& command : command_table()) {
        if (command.name == "help") {
            continue;
        }
        const Outcome by_flag = run_program({std::string(command.name), "--help"});
        EXPECT_EQ(by_flag.code, ExitCode::done) << command.name;
        EXPECT_THAT(by_flag.out, HasSubstr("Usage: glassflow-collector " + std::string(command.name)));
        EXPECT_EQ(run_program({"help", std::string(command.name)}).out, by_flag.out);
    }
}

TEST_F(CommandTest, NothingAskedForIsWrongUsage) {
    const Outcome outcome = run_program({});
    EXPECT_EQ(outcome.code, ExitCode::usage);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("Usage: glassflow-collector COMMAND"));
}

TEST_F(CommandTest, AnUnknownCommandNamesTheNearest) {
    const Outcome near = run_program({"chekc"});
    EXPECT_EQ(near.code, ExitCode::usage);
    EXPECT_EQ(near.err, "glassflow-collector: error: unknown command \"chekc\"\n  Did you mean \"check\"?\n");
    EXPECT_THAT(
        run_program({"frobnicate"}).err,
        HasSubstr(
            "  Commands are run, check, setup, teardown, status, validate, config, pipeline, dead-letter, decode,"));
    EXPECT_EQ(run_program({"help", "rnu"}).code, ExitCode::usage);
}

TEST_F(CommandTest, VersionTellsProgramProtocolAndLibpq) {
    for (const std::string word : {"version", "--version"}) {
        EXPECT_THAT(run_program({word}).out,
                    testing::MatchesRegex("glassflow-collector [0-9.]+\nwire protocol [0-9]+\nlibpq [0-9.]+\n"));
    }
}

TEST_F(CommandTest, EverySettingIsAFlagOfRunAndCheck) {
    for (const std::string command : {"run", "check"}) {
        const Outcome outcome = run_program(with_settings(command, {"--memory_limit", "1GiB", "--admin.listen", ""}));
        EXPECT_EQ(outcome.code, ExitCode::done) << outcome.err;
        EXPECT_THAT(outcome.out,
                    AllOf(HasSubstr("database: \"shop\""), HasSubstr("slot: \"orders\""), HasSubstr("path: \"-\""),
                          HasSubstr("memory_limit: 1GiB"), HasSubstr("listen: \"\"")));
    }
}

TEST_F(CommandTest, PrintedSettingsHideSecrets) {
    const Outcome outcome = run_program(with_settings("run"), {{"GLASSFLOW_SOURCE_PASSWORD", "hunter2"}});
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("password: \"********\""), Not(HasSubstr("hunter2"))));
}

TEST_F(CommandTest, FindsTheFileByFlagThenVariableThenName) {
    const auto write = [&](const std::string& name) {
        std::ofstream(directory_ / name) << "source: {host: " << name << "}\n";
    };
    EXPECT_THAT(run_program(with_settings("run")).out, HasSubstr("host: []"));
    write("glassflow-collector.yaml");
    EXPECT_THAT(run_program(with_settings("run")).out, HasSubstr("host: [\"glassflow-collector.yaml\"]"));
    write("variable.yaml");
    const config::Environment environment{{"GLASSFLOW_CONFIG", "variable.yaml"}};
    EXPECT_THAT(run_program(with_settings("run"), environment).out, HasSubstr("host: [\"variable.yaml\"]"));
    write("flag.yaml");
    EXPECT_THAT(run_program(with_settings("run", {"--config", "flag.yaml"}), environment).out,
                HasSubstr("host: [\"flag.yaml\"]"));
    EXPECT_EQ(run_program(with_settings("run", {"--config", "absent.yaml"})).code, ExitCode::usage);
}

TEST_F(CommandTest, WrongUsageIsToldWithTheRemedyAndWithoutValues) {
    struct Case {
        std::vector<std::string> arguments;
        std::string error;
    };
    for (const Case& tested : {
             Case{{"--source.hots=hunter2"}, "unknown option --source.hots\n  Did you mean --source.host?\n"},
             Case{{"--source.passwort", "hunter2"}, "unknown option --source.passwort\n"},
             Case{{"--zzz"}, "unknown option --zzz\n  Run \"glassflow-collector run --help\""},
             Case{{"stray"}, "unexpected argument \"stray\"\n"},
             Case{{"--source.password=hunter2"}, "flag --source.password: a secret cannot be given as a flag"},
             Case{{"--sinks.a.path"}, "option --sinks.a.path has no value\n"},
             Case{{"--sinks.a.pth", "x"}, "flag --sinks.a.pth: it sets no known key\n  Did you mean \"path\"?\n"},
             Case{{"--source.host", "a", "--source.host", "b"}, "--source.host: "},
             Case{{"--source.port"}, "--source.port: "},
             Case{{"--source.port", "x"},
                  "flag --source.port: source.port must be an integer from 1 to 65535, not \"x\""},
         }) {
        const Outcome outcome = run_program(with_settings("run", tested.arguments));
        EXPECT_EQ(outcome.code, ExitCode::usage) << tested.error;
        EXPECT_THAT(outcome.err, StartsWith("glassflow-collector: error: " + tested.error));
        EXPECT_THAT(outcome.err + outcome.out, Not(HasSubstr("hunter2")));
    }
}

TEST_F(CommandTest, EveryProblemOfAConfigurationIsTold) {
    std::ofstream(directory_ / "c.yaml") << "source:\n  prot: 1\n  port: x\n";
    for (const std::string command : {"run", "check"}) {
        const Outcome outcome = run_program({command, "--config", "c.yaml"});
        EXPECT_EQ(outcome.code, ExitCode::usage);
        EXPECT_THAT(
            outcome.err,
            AllOf(HasSubstr("error: c.yaml:2: unknown key \"source.prot\"\n  Did you mean \"port\"?\n"),
                  HasSubstr("error: c.yaml:3: source.port must be"), HasSubstr("error: c.yaml: sinks is missing")));
    }
}

TEST_F(CommandTest, DocsPrintsThePages) {
    EXPECT_THAT(run_program({"docs", "configuration"}).out, StartsWith("# Configuration of glassflow-collector\n"));
    EXPECT_THAT(run_program({"docs", "metrics"}).out, StartsWith("# Metrics of glassflow-collector\n"));
    EXPECT_EQ(run_program({"docs", "poetry"}).code, ExitCode::usage);
    EXPECT_EQ(run_program({"docs"}).code, ExitCode::usage);
}

TEST_F(CommandTest, AComplaintKeepsLinesIndentedAndDropsControlCharacters) {
    testing::internal::CaptureStderr();
    complain("first\nsecond \x1b[31m", "Do\nthis.");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "glassflow-collector: error: first\n  second ?[31m\n  Do\n  this.\n");
}

}  // namespace
}  // namespace glassflow::command
