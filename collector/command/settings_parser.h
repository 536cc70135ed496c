// The words behind a command that works with the collector's settings -> where these come from: the file, a
// pipeline document, the environment and one flag for each row of the option table.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "command/argument_parser.h"
#include "command/command_table.h"
#include "config/configuration_loader.h"

namespace glassflow::command {

// It owns what CLI11 writes into.
class SettingsParser {
public:
    // Which settings must be there: those that run needs, or none.
    enum class Need : std::uint8_t { everything, nothing };

    SettingsParser(const std::string& command, const std::string& description, Need need = Need::everything);

    ArgumentParser& parser() { return parser_; }

    // See ArgumentParser::parse_arguments.
    std::optional<ExitCode> parse(const Invocation& invocation);

    const config::Sources& sources() const { return sources_; }

private:
    struct Flag {
        std::string key;
        std::optional<std::string> value;
    };

    void add_flags();
    void add_flag(const std::string& key, const std::string& help, const std::string& group);
    std::optional<ExitCode> take_sink_flags(const std::vector<std::string>& arguments,
                                            std::vector<std::string>& others);
    void collect_sources(const config::Environment& environment);

    ArgumentParser parser_;
    std::string file_;
    std::string pipeline_;
    bool is_print_ = false;
    std::deque<Flag> flags_;  // a deque, for CLI11 keeps references
    config::Sources sources_;
};

}  // namespace glassflow::command
