// A rate needs two looks, so one report takes an interval, too.
#include "command/status.h"

#include <unistd.h>

#include <iostream>

#include "command/complaint.h"
#include "command/settings_parser.h"
#include "command/slot_look.h"
#include "command/status_look.h"
#include "command/status_report.h"
#include "command/stop_signal.h"
#include "config/option_table.h"
#include "delivery/dead_letter_file.h"
#include "glassflow/http_call.h"
#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"

namespace glassflow::command {

namespace {

struct StatusArguments {
    bool is_json = false;
    bool is_watch = false;
    bool is_slot_alone = false;
    double interval_s = 1;
};

// Where the admin server of this configuration would be; empty when it has none.
std::string admin_url(const admin::AdminSettings& settings) {
    const auto address = admin::parse_listen_address(settings.listen);
    if (settings.listen.empty() || !address)
        return {};
    const bool is_ipv6 = address->host.find(':') != std::string::npos;
    // What listens everywhere listens here.
    const std::string host = address->host == "0.0.0.0" ? "127.0.0.1"
                             : address->host == "::"    ? "[::1]"
                             : is_ipv6                  ? "[" + address->host + "]"
                                                        : address->host;
    return "http://" + host + ":" + std::to_string(address->port) + "/status";
}

class Watcher {
public:
    Watcher(const config::Configuration& configuration, bool is_slot_alone)
        : configuration_(configuration),
          url_(is_slot_alone ? std::string() : admin_url(configuration.admin)),
          slot_(configuration.source) {}

    StatusLook look() {
        std::optional<StatusLook> look = ask_collector();
        if (!look)
            look = slot_.look();
        look->dead_letters = stored_dead_letters();
        return *look;
    }

private:
    // nullopt when nobody answers, or somebody else does.
    std::optional<StatusLook> ask_collector() const {
        if (url_.empty())
            return std::nullopt;
        try {
            etl::HttpRequest request;
            request.url = url_;
            request.timeout = std::chrono::seconds(5);
            const etl::HttpAnswer answer = etl::call(request);
            StatusLook look = look_from_admin(answer.body, std::chrono::steady_clock::now());
            const bool is_ours = configuration_.source.slot.empty() || look.slot == configuration_.source.slot;
            return is_ours ? std::optional(std::move(look)) : std::nullopt;
        } catch (const etl::HttpError&) {
            return std::nullopt;
        } catch (const std::invalid_argument&) {
            return std::nullopt;
        }
    }

    std::optional<std::int64_t> stored_dead_letters() const {
        if (configuration_.sinks.empty())
            return std::nullopt;
        std::int64_t count = 0;
        try {
            for (const auto& sink : configuration_.sinks)
                count += static_cast<std::int64_t>(
                    delivery::DeadLetterFile(configuration_.delivery.state_directory, config::name_of(sink)).count());
        } catch (const delivery::DeadLetterError&) {
            return std::nullopt;  // of another user's collector
        }
        return count;
    }

    const config::Configuration& configuration_;
    const std::string url_;
    SlotLooker slot_;
};

ExitCode code_of(const StatusLook& look) {
    return look.state == "lost" || look.state == "missing" ? ExitCode::preflight : ExitCode::done;
}

void print(const StatusArguments& arguments, const StatusLook& look, const StatusRates& rates) {
    if (arguments.is_json) {
        std::cout << status_report_json(look, rates, arguments.is_watch);
    } else {
        constexpr const char* clear_terminal = "\x1b[H\x1b[2J";
        const bool is_screen = arguments.is_watch && ::isatty(STDOUT_FILENO) == 1;
        std::cout << (is_screen ? clear_terminal : "") << status_report_text(look, rates);
        if (arguments.is_watch && !is_screen)
            std::cout << '\n';
    }
    std::cout.flush();
}

ExitCode report(const StatusArguments& arguments, const config::Configuration& configuration) {
    const StopSignal stop_signal;
    const auto interval = std::chrono::milliseconds(static_cast<std::int64_t>(arguments.interval_s * 1000));
    Watcher watcher(configuration, arguments.is_slot_alone);
    StatusLook last = watcher.look();
    if (arguments.is_watch)
        print(arguments, last, rates_between(last, last));
    while (!stop_signal.wait(interval)) {
        const StatusLook now = watcher.look();
        print(arguments, now, rates_between(last, now));
        last = now;
        if (!arguments.is_watch || !std::cout)
            break;
    }
    return code_of(last);
}

}  // namespace

ExitCode status_command(const Invocation& invocation) {
    StatusArguments arguments;
    SettingsParser parser("status",
                          "Tells how delivery stands: position, lag, retained write-ahead log, time until the slot is "
                          "lost, throughput, dead letters, last error. Asks the collector that runs with this "
                          "configuration (admin.listen); when none answers, looks at the slot alone.\n"
                          "Exit code 3 when the slot is lost or missing.",
                          SettingsParser::Need::nothing);
    parser.parser().add_flag("--json", arguments.is_json, "Print JSON; with --watch one object per line.");
    parser.parser().add_flag("--watch", arguments.is_watch, "Print it again and again, until SIGINT or SIGTERM.");
    parser.parser().add_flag("--slot-alone", arguments.is_slot_alone, "Ask no collector.");
    parser.parser()
        .add_option("--interval", arguments.interval_s,
                    "Seconds between two looks; rates are over this time. [default: 1]")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0));
    if (const auto ended = parser.parse(invocation))
        return *ended;
    const config::Configuration configuration = config::load(parser.sources());
    log::configure(configuration.log);
    for (const auto& [key, value] : {std::pair("source.slot", configuration.source.slot),
                                     std::pair("source.database", configuration.source.database)}) {
        if (value.empty()) {
            complain(std::string(key) + " is missing", "Set it in the configuration file or as a flag.");
            return ExitCode::usage;
        }
    }
    try {
        return report(arguments, configuration);
    } catch (const postgres::PostgresError& error) {
        complain("no collector answers, and the slot cannot be looked at: " + std::string(error.what()), error.hint());
        return ExitCode::failed;
    }
}

}  // namespace glassflow::command
