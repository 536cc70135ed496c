// The words of `dead-letter` -> which letters of which sinks, and what is done with them.
#include "command/dead_letter.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "command/complaint.h"
#include "command/replay.h"
#include "command/settings_parser.h"
#include "config/nearest_name.h"
#include "config/option_table.h"
#include "delivery/dead_letter_file.h"
#include "delivery/dead_letter_line.h"

namespace glassflow::command {
namespace {

struct Request {
    std::string action;
    std::vector<std::string> event_ids;
    std::string sink;  // empty: of every sink
    bool is_all = false;
    bool is_json = false;
};

bool is_wanted(const Request& request, const delivery::DeadLetter& letter) {
    return request.is_all || std::ranges::find(request.event_ids, letter.event_id) != request.event_ids.end();
}

std::string table_text(const delivery::DeadLetter& letter) {
    return letter.table ? letter.table->schema + "." + letter.table->name : "-";
}

// Names and reasons come from outside; a terminal takes control characters for commands.
std::string printable(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return text;
}

void print_json(const delivery::DeadLetter& letter) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto field = [&](const char* key, const std::string& value) {
        writer.Key(key);
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    writer.StartObject();
    field("time", letter.time);
    field("sink", letter.sink);
    field("event_id", letter.event_id);
    if (letter.table) {
        field("schema", letter.table->schema);
        field("table", letter.table->name);
    }
    field("reason", letter.reason);
    writer.Key("payload_bytes");
    writer.Uint64(letter.body.size());
    writer.EndObject();
    std::cout << buffer.GetString() << '\n';
}

// Lines that are none of ours are counted and left alone.
void warn_of_unreadable(const delivery::DeadLetterFile& file, std::uint64_t count) {
    if (count > 0)
        warn(std::to_string(count) + " lines of \"" + file.path() + "\" are no dead letters",
             "They are left as they are; look at them by hand.");
}

ExitCode list(const Request& request, const std::vector<delivery::DeadLetterFile>& files) {
    std::uint64_t count = 0;
    for (const auto& file : files) {
        std::uint64_t unreadable = 0;
        file.read([&](std::string_view line) {
            const auto letter = delivery::parse_dead_letter(line);
            if (!letter) {
                ++unreadable;
                return;
            }
            ++count;
            if (request.is_json)
                print_json(*letter);
            else
                std::cout << letter->time << "  " << printable(letter->sink) << "  " << letter->event_id << "  "
                          << printable(table_text(*letter)) << "  " << letter->body.size() << " bytes  "
                          << printable(letter->reason) << '\n';
        });
        warn_of_unreadable(file, unreadable);
    }
    if (!request.is_json)
        std::cout << count << (count == 1 ? " dead letter\n" : " dead letters\n");
    return ExitCode::done;
}

// The events themselves, one per line: row data, so only when asked for.
ExitCode show(const Request& request, const std::vector<delivery::DeadLetterFile>& files) {
    std::set<std::string> found;
    for (const auto& file : files) {
        file.read([&](std::string_view line) {
            const auto letter = delivery::parse_dead_letter(line);
            if (letter && is_wanted(request, *letter)) {
                std::cout << letter->body << '\n';
                found.insert(letter->event_id);
            }
        });
    }
    for (const std::string& event_id : request.event_ids) {
        if (!found.contains(event_id)) {
            complain("no dead letter has the event id \"" + event_id + "\"",
                     "`glassflow-collector dead-letter list` shows all.");
            return ExitCode::failed;
        }
    }
    return ExitCode::done;
}

ExitCode purge(const Request& request, std::vector<delivery::DeadLetterFile>& files) {
    std::uint64_t removed = 0;
    for (auto& file : files) {
        removed += file.remove_unless([&](std::string_view line) {
            const auto letter = delivery::parse_dead_letter(line);
            return !letter || !is_wanted(request, *letter);
        });
    }
    std::cout << removed << (removed == 1 ? " dead letter" : " dead letters") << " removed\n";
    if (removed == 0 && !request.event_ids.empty()) {
        complain("no dead letter has such an event id", "`glassflow-collector dead-letter list` shows all.");
        return ExitCode::failed;
    }
    return ExitCode::done;
}

std::optional<ExitCode> refuse(const Request& request) {
    static const std::vector<std::string> actions{"list", "show", "replay", "purge"};
    if (std::ranges::find(actions, request.action) == actions.end()) {
        const std::string nearest = config::nearest_name(request.action, actions);
        complain(request.action.empty() ? "dead-letter needs to know what to do"
                                        : "unknown action \"" + request.action + "\" of dead-letter",
                 nearest.empty() ? "Actions are list, show, replay and purge." : "Did you mean \"" + nearest + "\"?");
        return ExitCode::usage;
    }
    const bool is_choice = request.is_all || !request.event_ids.empty();
    if (request.action != "list" && !is_choice) {
        complain("dead-letter " + request.action + " needs to know which",
                 "Give event ids, as `glassflow-collector dead-letter list` shows them, or --all.");
        return ExitCode::usage;
    }
    if (request.is_all && !request.event_ids.empty()) {
        complain("dead-letter " + request.action + " has both event ids and --all", "Give one of the two.");
        return ExitCode::usage;
    }
    return std::nullopt;
}

}  // namespace

ExitCode dead_letter_command(const Invocation& invocation) {
    SettingsParser settings("dead-letter",
                            "Looks after events that a destination refused for good:\n"
                            "  list                          one line each, without row data\n"
                            "  show EVENT_ID... | --all      prints the events themselves\n"
                            "  replay EVENT_ID... | --all    delivers them again; what is delivered is removed\n"
                            "  purge EVENT_ID... | --all     removes them for good");
    Request request;
    settings.parser().add_option("ACTION", request.action, "What to do.");
    settings.parser().add_option("EVENT_ID", request.event_ids, "Which letters.");
    settings.parser().add_option("--sink", request.sink, "Of this sink alone.")->type_name("NAME");
    settings.parser().add_flag("--all", request.is_all, "Every letter.");
    settings.parser().add_flag("--json", request.is_json, "Of list: one JSON object per line.");
    if (const auto ended = settings.parse(invocation))
        return *ended;
    if (const auto ended = refuse(request))
        return *ended;

    const config::Configuration configuration = config::load(settings.sources());
    std::vector<std::string> names;
    std::vector<delivery::DeadLetterFile> files;
    for (const auto& sink : configuration.sinks) {
        names.push_back(config::name_of(sink));
        if (request.sink.empty() || request.sink == names.back())
            files.emplace_back(configuration.delivery.state_directory, names.back());
    }
    if (files.empty()) {
        const std::string nearest = config::nearest_name(request.sink, names);
        complain("no sink is called \"" + request.sink + "\"",
                 nearest.empty() ? "Give the name of a configured sink." : "Did you mean \"" + nearest + "\"?");
        return ExitCode::usage;
    }
    try {
        if (request.action == "list")
            return list(request, files);
        if (request.action == "show")
            return show(request, files);
        if (request.action == "purge")
            return purge(request, files);
        return replay(configuration, request.sink, request.event_ids);
    } catch (const sink::SinkError& error) {
        complain(error.what(), error.hint());
        return ExitCode::failed;
    }
}

}  // namespace glassflow::command
