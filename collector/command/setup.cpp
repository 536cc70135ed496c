// The whole plan is printed first, as a script for psql; --apply then runs the statements of that same plan, one by
// one.
#include "command/setup.h"

#include <filesystem>
#include <iostream>
#include <system_error>

#include "command/complaint.h"
#include "command/password_prompt.h"
#include "command/settings_parser.h"
#include "command/terminal_text.h"
#include "config/text_file.h"
#include "delivery/checkpoint_store.h"
#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"
#include "postgres/setup/setup_plan.h"

namespace glassflow::command {

namespace {

struct SetupArguments {
    std::string as;
    std::string as_password_file;
    bool is_apply = false;
    bool asks_password = false;
    bool is_password_set = false;
};

void add_options(ArgumentParser& parser, SetupArguments& arguments) {
    parser.add_flag("--apply", arguments.is_apply, "Run the statements that are shown.");
    parser
        .add_option("--as", arguments.as,
                    "Role to do it as: a superuser, or who has its place on a managed server. Its password comes from "
                    "--as-password-file, PGPASSWORD or ~/.pgpass. [default: source.user]")
        ->type_name("ROLE");
    parser.add_option("--as-password-file", arguments.as_password_file, "File with the password of that role.")
        ->type_name("FILE");
}

// Whoever is to do it, at the server and database of the source.
postgres::SourceSettings administrator(const postgres::SourceSettings& source, const SetupArguments& arguments) {
    postgres::SourceSettings settings = source;
    if (arguments.as.empty())
        return settings;
    settings.user = arguments.as;
    settings.password.clear();
    if (!arguments.as_password_file.empty()) {
        constexpr std::size_t bytes_max = 4096;
        settings.password = config::read_text_file(arguments.as_password_file, bytes_max).text;
        while (settings.password.ends_with('\n') || settings.password.ends_with('\r'))
            settings.password.pop_back();
    }
    return settings;
}

void print(const postgres::SetupPlan& plan) {
    for (const postgres::SetupStep& step : plan.steps)
        std::cout << "-- " << terminal_text(step.reason) << '\n'
                  << terminal_text(step.shown.empty() ? step.statement : step.shown) << '\n';
    for (const std::string& note : plan.notes)
        std::cout << "-- Note: " << terminal_text(note) << '\n';
}

// Statements are not run in one transaction: ALTER SYSTEM and the making of slots do not go into any.
bool apply(postgres::Connection& connection, const postgres::SetupPlan& plan) {
    std::size_t done = 0;
    for (const postgres::SetupStep& step : plan.steps) {
        try {
            connection.command(step.statement);
            ++done;
        } catch (const postgres::PostgresError& error) {
            complain("could not run: " + (step.shown.empty() ? step.statement : step.shown) + ": " + error.what(),
                     (error.hint().empty() ? "" : error.hint() + " ") + std::to_string(done) + " of " +
                         std::to_string(plan.steps.size()) +
                         " statements were run. Run it again when the cause is mended: it goes on from there.");
            return false;
        }
    }
    std::cout << "-- " << done << (done == 1 ? " statement was run\n" : " statements were run\n");
    return true;
}

ExitCode carry_out(postgres::Connection& connection, const postgres::SetupPlan& plan, bool is_apply) {
    print(plan);
    if (plan.steps.empty()) {
        std::cout << (plan.is_complete ? "-- nothing to do\n" : "-- nothing can be done as it is\n");
        return plan.is_complete ? ExitCode::done : ExitCode::preflight;
    }
    if (!is_apply) {
        std::cout << "-- nothing was done: run it again with --apply, or give this to psql\n";
        return ExitCode::done;
    }
    std::cout.flush();
    if (!apply(connection, plan))
        return ExitCode::failed;
    return plan.is_complete ? ExitCode::done : ExitCode::preflight;
}

bool reselects(const config::Configuration& configuration) {
    bool is_any = false;
    for (const auto& sink : configuration.sinks)
        is_any = is_any || sink.toast.policy == delivery::UnchangedToast::reselect;
    return is_any;
}

// It would refuse another slot of that name.
void tell_of_checkpoint(postgres::SetupPlan& plan, const config::Configuration& configuration) {
    const std::string path =
        delivery::CheckpointStore(configuration.delivery.state_directory, configuration.source.slot).path();
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored))
        plan.notes.push_back("Checkpoint \"" + path +
                             "\" stays. When a slot of that name is made anew, start once with run --resume=fresh.");
}

// make(connection, configuration) -> plan
template <typename Make>
ExitCode with_plan(const SettingsParser& parser, const SetupArguments& arguments, Make make) {
    config::Problems warnings;
    const config::Configuration configuration = config::load(parser.sources(), &warnings);
    log::configure(configuration.log);
    for (const auto& warning : warnings)
        warn(warning.text(), warning.hint);
    if (configuration.source.user.empty()) {
        complain("source.user is missing", "Set it to the role that the collector is to connect as.");
        return ExitCode::usage;
    }
    try {
        const postgres::SourceSettings settings = administrator(configuration.source, arguments);
        auto connection = postgres::Connection::open(settings, postgres::Connection::Kind::sql);
        connection.command("SET search_path = pg_catalog");
        connection.command("SET client_min_messages = warning");
        return carry_out(connection, make(connection, configuration), arguments.is_apply);
    } catch (const postgres::PostgresError& error) {
        complain(error.what(),
                 error.hint() + (arguments.as.empty() ? " If role \"" + configuration.source.user +
                                                            "\" is not there yet, or may not do it, name one that may: "
                                                            "--as postgres."
                                                      : ""));
        return ExitCode::preflight;
    } catch (const config::FileError& error) {
        complain("could not read \"" + arguments.as_password_file + "\": " + error.what(), "Check --as-password-file.");
        return ExitCode::usage;
    }
}

}  // namespace

ExitCode setup_command(const Invocation& invocation) {
    SetupArguments arguments;
    SettingsParser parser("setup",
                          "Shows, as SQL for psql, what the server needs and has not: role, grants, settings, plugin, "
                          "publication and slot; with --apply, does it. What is there stays as it is.\n"
                          "Exit code 3 when something is left to do, such as a restart.");
    add_options(parser.parser(), arguments);
    parser.parser().add_flag("--ask-password", arguments.asks_password,
                             "Ask for the password that the role gets. [default: that of source.password]");
    parser.parser().add_flag("--set-password", arguments.is_password_set,
                             "Set the password of a role that is there already, too.");
    if (const auto ended = parser.parse(invocation))
        return *ended;
    return with_plan(
        parser, arguments, [&](postgres::Connection& connection, const config::Configuration& configuration) {
            postgres::SetupWishes wishes;
            wishes.reselects = reselects(configuration);
            wishes.password =
                arguments.asks_password
                    ? ask_password("Password of role \"" + terminal_text(configuration.source.user) + "\": ")
                    : configuration.source.password;
            wishes.is_password_set = arguments.is_password_set;
            return postgres::plan_setup(connection, configuration.source, wishes);
        });
}

ExitCode teardown_command(const Invocation& invocation) {
    SetupArguments arguments;
    SettingsParser parser("teardown",
                          "Shows, as SQL for psql, what takes back what setup made: slot, publication, plugin on the "
                          "server's list, role and grants; with --apply, does it.\n"
                          "Exit code 3 when something had to stay.");
    add_options(parser.parser(), arguments);
    if (const auto ended = parser.parse(invocation))
        return *ended;
    return with_plan(parser, arguments,
                     [](postgres::Connection& connection, const config::Configuration& configuration) {
                         postgres::SetupPlan plan = postgres::plan_teardown(connection, configuration.source);
                         tell_of_checkpoint(plan, configuration);
                         return plan;
                     });
}

}  // namespace glassflow::command
