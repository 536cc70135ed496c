// All tables are planned before anything is written or sent: what cannot be written for one stops it all, with every
// reason.
#include "command/pipeline_write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <set>

#include "command/complaint.h"
#include "command/pipeline_endpoint.h"
#include "command/settings_parser.h"
#include "command/stop_signal.h"
#include "glassflow/apply.h"
#include "glassflow/create_table.h"
#include "glassflow/document_difference.h"
#include "glassflow/names.h"
#include "postgres/connection.h"
#include "postgres/table_catalog.h"
#include "postgres/table_pattern.h"

namespace glassflow::command {

namespace {

struct WriteArguments {
    std::vector<std::string> tables;
    EndpointWish wish;
    std::string syntax = "yaml";
    std::string show;
    std::string output;
    bool with_secrets = false;
    bool is_diff = false;
    bool is_apply = false;
};

void add_options(ArgumentParser& parser, WriteArguments& arguments) {
    parser.add_option("TABLE", arguments.tables,
                      "Tables as schema.table, * for any characters. [default: source.tables]");
    parser
        .add_option("--for", arguments.wish.destination,
                    "What carries the events: kafka or otlp. [default: the type of the sink]")
        ->check(CLI::IsMember({"kafka", "otlp"}));
    parser
        .add_option("--form", arguments.wish.form,
                    "Form of the events in Kafka: envelope or flat. [default: the sink's format]")
        ->check(CLI::IsMember({"envelope", "flat"}));
    parser
        .add_option("--topic", arguments.wish.topic,
                    "Topics, with {database}, {schema} and {table}. [default: the sink's topic]")
        ->type_name("TEMPLATE");
    parser.add_option("--as", arguments.syntax, "How documents are written: yaml or json. [default: yaml]")
        ->check(CLI::IsMember({"yaml", "json"}));
    parser
        .add_option("--output", arguments.output,
                    "Directory for two files per table, ID.sql and ID.yaml. [default: standard output]")
        ->type_name("DIRECTORY");
    parser
        .add_option("--show", arguments.show,
                    "What is printed: pipeline or sql. [default: pipeline, the SQL as comments]")
        ->check(CLI::IsMember({"pipeline", "sql"}));
    parser.add_flag("--with-secrets", arguments.with_secrets, "Write passwords and keys instead of placeholders.");
    parser.add_flag("--diff", arguments.is_diff, "Show what --apply would change in GlassFlow, and change nothing.");
    parser.add_flag("--apply", arguments.is_apply,
                    "Create the pipelines in GlassFlow; stop, edit and resume those that are there and differ.");
}

bool are_patterns_good(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
        if (!postgres::TablePattern::parse(pattern)) {
            complain("\"" + etl::shown_name(pattern) + "\" is no table",
                     "Write it as schema.table, with double quotes around names that are not plain lower case.");
            return false;
        }
    }
    return true;
}

// Nothing when there is nothing to write.
std::vector<postgres::TableDescription> read_tables(const config::Configuration& configuration,
                                                    const std::vector<std::string>& patterns) {
    const postgres::TableCatalog catalog = postgres::read_table_catalog(configuration.source, patterns);
    for (const std::string& name : catalog.partitioned)
        warn(etl::shown_name(name) + " is partitioned: it has no rows of its own",
             "Its changes carry the names of its partitions: name those.");
    for (const std::string& pattern : catalog.unmatched)
        complain("no table is named by " + etl::shown_name(pattern) + " in " + postgres::describe(configuration.source),
                 "Check schema and name; temporary and unlogged tables, views and foreign tables have no changes to "
                 "capture.");
    if (!catalog.unmatched.empty())
        return {};
    if (catalog.tables.empty())
        complain("there is no table to write a pipeline for in " + postgres::describe(configuration.source),
                 "Create tables first, or name others.");
    return catalog.tables;
}

void tell_notes(const std::vector<etl::TablePlan>& plans) {
    for (const etl::TablePlan& plan : plans) {
        for (const std::string& note : plan.notes)
            std::cerr << "note: " << etl::shown_name(plan.schema + "." + plan.table) << ": " << note << '\n';
    }
}

std::string commented(const std::string& text) {
    std::string lines;
    std::size_t start = 0;
    while (start < text.size()) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        lines += "# " + text.substr(start, end - start) + "\n";
        start = end + 1;
    }
    return lines;
}

void write_file(const std::string& path, const std::string& text, mode_t mode) {
    const auto fail = [&] { throw std::runtime_error("could not write " + path + ": " + std::strerror(errno)); };
    const std::string temporary = path + ".new";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0 || ::fchmod(descriptor, mode) != 0)
        fail();
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor, rest.data(), rest.size());
        if (written < 0 && errno != EINTR)
            fail();
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    if (::close(descriptor) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
        fail();
}

class Writer {
public:
    Writer(const WriteArguments& arguments, const config::Configuration& configuration, const Endpoint& endpoint)
        : arguments_(arguments), settings_(configuration.pipeline), endpoint_(endpoint) {}

    etl::Node document(const etl::TablePlan& plan) const { return endpoint_.document(plan, settings_); }

    void write(const std::vector<etl::TablePlan>& plans) {
        for (const etl::TablePlan& plan : plans) {
            const std::string sql = etl::create_table(plan, settings_.clickhouse.database);
            etl::Node node = document(plan);
            if (!arguments_.with_secrets) {
                for (const std::string& name : etl::hide_secrets(node))
                    hidden_.insert(name);
            }
            const std::string text = arguments_.syntax == "json" ? to_json(node) : to_yaml(node);
            if (arguments_.output.empty())
                print(sql, text);
            else
                save(plan, sql, text);
        }
        tell_secrets();
    }

private:
    void print(const std::string& sql, const std::string& text) {
        if (arguments_.show == "sql")
            std::cout << (is_first_ ? "" : "\n") << sql;
        else if (arguments_.syntax == "json")
            std::cout << text;
        else
            std::cout << "---\n" << commented(sql) << text;
        is_first_ = false;
    }

    void save(const etl::TablePlan& plan, const std::string& sql, const std::string& text) {
        const mode_t mode = arguments_.with_secrets ? 0600 : 0644;
        const std::string base = (std::filesystem::path(arguments_.output) / plan.id).string();
        write_file(base + ".sql", sql, 0644);
        write_file(base + "." + arguments_.syntax, text, mode);
        std::cout << base << ".sql\n" << base << "." << arguments_.syntax << '\n';
    }

    void tell_secrets() const {
        if (hidden_.empty() || arguments_.show == "sql")
            return;
        std::string names;
        for (const std::string& name : hidden_)
            names += (names.empty() ? "${" : ", ${") + name + "}";
        warn("secrets are left out: " + names + " stand for them",
             "Fill them in, for example with envsubst, or write them with --with-secrets. --apply uses the real ones.");
    }

    const WriteArguments& arguments_;
    const etl::PipelineSettings& settings_;
    const Endpoint& endpoint_;
    std::set<std::string> hidden_;
    bool is_first_ = true;
};

ExitCode show_difference(const Writer& writer, const config::Configuration& configuration,
                         const std::vector<etl::TablePlan>& plans) {
    etl::ManagementApi api(configuration.pipeline);
    for (const etl::TablePlan& plan : plans) {
        const auto current = api.find(plan.id);
        if (!current) {
            std::cout << plan.id << ": would be created\n";
            continue;
        }
        const auto changes = etl::document_difference(*current, writer.document(plan));
        std::cout << plan.id << (changes.empty() ? ": no difference\n" : ": would be stopped, edited and resumed\n");
        for (const std::string& change : changes)
            std::cout << "  " << change << '\n';
    }
    return ExitCode::done;
}

ExitCode apply_all(const Writer& writer, const config::Configuration& configuration,
                   const std::vector<etl::TablePlan>& plans) {
    if (configuration.pipeline.clickhouse.password.empty()) {
        complain("pipeline.clickhouse_password is missing",
                 "Set it (or pipeline.clickhouse_password_file): GlassFlow refuses an "
                 "empty one.");
        return ExitCode::usage;
    }
    const StopSignal stop_signal;
    etl::ManagementApi api(configuration.pipeline);
    etl::Applier applier(
        api, configuration.pipeline.transition_timeout, [](const std::string& line) { std::cerr << line << '\n'; },
        [&](std::chrono::milliseconds time) { return !stop_signal.wait(time); });
    std::size_t done = 0;
    try {
        for (const etl::TablePlan& plan : plans) {
            const auto outcome = applier.apply(writer.document(plan));
            std::cout << plan.id
                      << (outcome == etl::Applier::Outcome::created  ? ": created\n"
                          : outcome == etl::Applier::Outcome::edited ? ": edited\n"
                                                                     : ": unchanged\n");
            ++done;
        }
    } catch (const etl::ApiError& error) {
        complain(error.what(), error.hint());
        if (plans.size() > 1)
            std::cerr << "  " << done << " of " << plans.size()
                      << " pipelines are applied; those after this one are untouched.\n";
        return ExitCode::failed;
    }
    return ExitCode::done;
}

}  // namespace

ExitCode pipeline_write(const Invocation& invocation) {
    WriteArguments arguments;
    SettingsParser parser(
        "pipeline",
        "Writes CREATE TABLE statements for ClickHouse and GlassFlow pipelines for tables of the source.\n"
        "What is there already: pipeline list | status ID | stop ID | resume ID | delete ID | dead-letters ID.",
        SettingsParser::Need::nothing);
    add_options(parser.parser(), arguments);
    if (const auto ended = parser.parse(invocation))
        return *ended;
    const config::Configuration configuration = config::load(parser.sources());
    if (configuration.source.database.empty()) {
        complain("source.database is missing",
                 "Set it in the configuration file, as GLASSFLOW_SOURCE_DATABASE or as --source.database.");
        return ExitCode::usage;
    }
    const auto& patterns = arguments.tables.empty() ? configuration.source.tables : arguments.tables;
    if (!are_patterns_good(patterns))
        return ExitCode::usage;
    const Endpoint endpoint = endpoint_of(configuration, arguments.wish);

    const auto tables = read_tables(configuration, patterns);
    if (tables.empty())
        return ExitCode::preflight;
    etl::Plans planned = etl::plan_tables(tables, endpoint.form, configuration.pipeline);
    for (const etl::PlanError& refusal : planned.refusals)
        complain(refusal.what(), refusal.hint());
    if (!planned.refusals.empty())
        return ExitCode::preflight;
    settle(planned.plans, endpoint);
    tell_notes(planned.plans);

    Writer writer(arguments, configuration, endpoint);
    if (arguments.is_diff)
        return show_difference(writer, configuration, planned.plans);
    if (arguments.is_apply)
        return apply_all(writer, configuration, planned.plans);
    try {
        writer.write(planned.plans);
    } catch (const std::runtime_error& error) {
        complain(error.what(), "Check that the directory of --output exists and can be written.");
        return ExitCode::failed;
    }
    return ExitCode::done;
}

}  // namespace glassflow::command
