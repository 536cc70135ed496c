// Dead letters are acknowledged by being read, so what was read is on disk before anything more is asked for.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>

#include "command/complaint.h"
#include "command/pipeline_care.h"
#include "command/settings_parser.h"
#include "command/stop_signal.h"
#include "glassflow/apply.h"
#include "glassflow/names.h"

namespace glassflow::command {

namespace {

constexpr int dead_letters_at_once = 100;

// Settings and the id of a pipeline, for the actions that take one.
class PipelineArguments {
public:
    PipelineArguments(const std::string& action, const std::string& description)
        : parser_("pipeline " + action, description, SettingsParser::Need::nothing) {
        parser_.parser().add_option("ID", id_, "Id of the pipeline.")->required();
    }

    ArgumentParser& parser() { return parser_.parser(); }

    std::optional<ExitCode> parse(const Invocation& invocation) {
        if (const auto ended = parser_.parse(invocation))
            return ended;
        if (!etl::is_pipeline_id(id_)) {
            complain("\"" + etl::shown_name(id_) + "\" is no id of a pipeline",
                     "Ids have 5 to 40 characters of a-z, 0-9 and -; look at \"glassflow-collector pipeline list\".");
            return ExitCode::usage;
        }
        settings_ = config::load(parser_.sources()).pipeline;
        return std::nullopt;
    }

    const std::string& id() const { return id_; }
    const etl::PipelineSettings& settings() const { return settings_; }

private:
    SettingsParser parser_;
    std::string id_;
    etl::PipelineSettings settings_;
};

void say(const std::string& line) {
    std::cerr << line << '\n';
}

// Runs step with an applier whose waits a signal ends.
template <typename Step>
ExitCode with_applier(const PipelineArguments& arguments, Step step) {
    const StopSignal stop_signal;
    etl::ManagementApi api(arguments.settings());
    etl::Applier applier(api, arguments.settings().transition_timeout, say,
                         [&](std::chrono::milliseconds time) { return !stop_signal.wait(time); });
    return step(applier);
}

void print_fields(const etl::Node& node) {
    for (const auto& [key, value] : node.entries()) {
        const std::string text = value.text();
        std::cout << key << ": " << (text.empty() ? to_compact_json(value) : etl::shown_name(text)) << '\n';
    }
}

// Standard output or a file that is appended to; what write() has returned from is durable.
class Receiver {
public:
    explicit Receiver(const std::string& path) : path_(path) {
        if (!path.empty())
            descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    ~Receiver() {
        if (descriptor_ > STDERR_FILENO)
            ::close(descriptor_);
    }

    bool is_open() const { return descriptor_ >= 0; }
    std::string name() const { return path_.empty() ? "standard output" : path_; }

    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        // A pipe or a terminal has no disk.
        return ::fsync(descriptor_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
    }

private:
    const std::string path_;
    int descriptor_ = STDOUT_FILENO;
};

// Each entry on a line of its own. What is not understood is kept as it came: it is gone from GlassFlow.
std::string lines_of(const std::string& body, std::size_t& count) {
    etl::Node entries;
    try {
        entries = etl::parse_json(body);
    } catch (const std::invalid_argument&) {
        return body + "\n";
    }
    if (!entries.is_list())
        return body + "\n";
    std::string lines;
    for (const etl::Node& entry : entries.elements())
        lines += to_compact_json(entry) + "\n";
    count += entries.elements().size();
    return lines;
}

ExitCode take_dead_letters(etl::ManagementApi& api, const std::string& id, std::uint64_t limit,
                           const Receiver& receiver) {
    const StopSignal stop_signal;
    std::size_t count = 0;
    while (count < limit && !stop_signal.is_pending()) {
        const auto at_once = static_cast<int>(std::min<std::uint64_t>(dead_letters_at_once, limit - count));
        std::string body;
        try {
            body = api.consume_dead_letters(id, at_once);
        } catch (const etl::ApiError& error) {
            if (!error.received().empty() && !receiver.write(error.received() + "\n"))
                complain("could not write what had arrived to " + receiver.name(), "");
            complain(error.what(), std::to_string(count) +
                                       " dead letters were written before; what was on its way when the "
                                       "answer broke off may be lost. " +
                                       error.hint());
            return ExitCode::failed;
        }
        const std::size_t before = count;
        const std::string lines = body.empty() ? "" : lines_of(body, count);
        if (!lines.empty() && !receiver.write(lines)) {
            const int code = errno;
            std::cerr << lines;  // the last place there is
            complain("could not write dead letters to " + receiver.name() + ": " + std::strerror(code),
                     "They are gone from GlassFlow: the last " + std::to_string(count - before) +
                         " are printed above, on standard error.");
            return ExitCode::failed;
        }
        if (count == before)
            break;
    }
    say(std::to_string(count) + " dead letters written to " + receiver.name() + " and removed from GlassFlow");
    return ExitCode::done;
}

}  // namespace

ExitCode pipeline_list(const Invocation& invocation) {
    SettingsParser parser("pipeline list", "Lists the pipelines of GlassFlow.", SettingsParser::Need::nothing);
    if (const auto ended = parser.parse(invocation))
        return *ended;
    const etl::Node list = etl::ManagementApi(config::load(parser.sources()).pipeline).list();
    for (const etl::Node& entry : list.elements()) {
        // status is a word, or an object that has it, depending on the version
        const etl::Node* const status = entry.find("status");
        const std::string word = status == nullptr  ? ""
                                 : status->is_map() ? status->text("overall_status")
                                                    : status->text();
        std::cout << std::left << std::setw(42) << entry.text("pipeline_id") << std::setw(13) << word
                  << etl::shown_name(entry.text("name")) << '\n';
    }
    return ExitCode::done;
}

ExitCode pipeline_status(const Invocation& invocation) {
    PipelineArguments arguments("status", "Shows the state of a pipeline and of its dead letters.");
    if (const auto ended = arguments.parse(invocation))
        return *ended;
    etl::ManagementApi api(arguments.settings());
    const etl::Node health = api.health(arguments.id());
    if (health.is_map())
        print_fields(health);
    try {
        const etl::Node state = api.dead_letter_state(arguments.id());
        std::cout << "dead letters: " << state.integer("unconsumed_messages") << " waiting, "
                  << state.integer("total_messages") << " ever\n";
    } catch (const etl::ApiError& error) {
        if (error.kind() != etl::ApiError::Kind::not_found)
            throw;
        std::cout << "dead letters: none\n";
    }
    return ExitCode::done;
}

ExitCode pipeline_stop(const Invocation& invocation) {
    PipelineArguments arguments("stop", "Stops a pipeline; what it holds is written to ClickHouse first.");
    if (const auto ended = arguments.parse(invocation))
        return *ended;
    return with_applier(arguments, [&](etl::Applier& applier) {
        applier.stop(arguments.id());
        say("pipeline \"" + arguments.id() + "\" is at rest");
        return ExitCode::done;
    });
}

ExitCode pipeline_resume(const Invocation& invocation) {
    PipelineArguments arguments("resume", "Lets a stopped or failed pipeline go on.");
    if (const auto ended = arguments.parse(invocation))
        return *ended;
    return with_applier(arguments, [&](etl::Applier& applier) {
        applier.resume(arguments.id());
        return ExitCode::done;
    });
}

ExitCode pipeline_delete(const Invocation& invocation) {
    PipelineArguments arguments("delete",
                                "Stops a pipeline and deletes it from GlassFlow. The table in ClickHouse stays.");
    if (const auto ended = arguments.parse(invocation))
        return *ended;
    return with_applier(arguments, [&](etl::Applier& applier) {
        if (!applier.remove(arguments.id())) {
            complain("there is no pipeline \"" + arguments.id() + "\"",
                     "Look at the ids with \"glassflow-collector pipeline list\".");
            return ExitCode::failed;
        }
        return ExitCode::done;
    });
}

ExitCode pipeline_dead_letters(const Invocation& invocation) {
    PipelineArguments arguments(
        "dead-letters",
        "Shows how many dead letters a pipeline has; with --take, takes them out of GlassFlow and "
        "writes each as a line of JSON. Taking removes them there.");
    bool is_take = false;
    std::string path;
    std::uint64_t limit = 1'000'000;
    arguments.parser().add_flag("--take", is_take, "Take them: what is written here is removed from GlassFlow.");
    arguments.parser()
        .add_option("--output", path, "File that they are appended to, made with mode 600. [default: standard output]")
        ->type_name("FILE");
    arguments.parser().add_option("--limit", limit, "How many at most. [default: 1000000]")->type_name("COUNT");
    if (const auto ended = arguments.parse(invocation))
        return *ended;
    etl::ManagementApi api(arguments.settings());
    if (!is_take) {
        const etl::Node state = api.dead_letter_state(arguments.id());
        if (state.is_map())
            print_fields(state);
        return ExitCode::done;
    }
    const Receiver receiver(path);
    if (!receiver.is_open()) {
        complain("could not open " + path + ": " + std::strerror(errno), "Nothing was taken out of GlassFlow.");
        return ExitCode::failed;
    }
    return take_dead_letters(api, arguments.id(), limit, receiver);
}

}  // namespace glassflow::command
