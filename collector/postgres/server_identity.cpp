#include "postgres/server_identity.h"

#include <algorithm>
#include <charconv>

namespace glassflow::postgres {

namespace {

template <typename Number>
Number number_of(const std::string& text, const char* what) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw PostgresError("the server sent \"" + text + "\" where a " + what + " was expected", "", "", false);
    return number;
}

std::string_view next_word(std::string_view& line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return {};
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

}  // namespace

ServerIdentity identify(Connection& connection) {
    ServerIdentity server;
    const Result system = connection.command("IDENTIFY_SYSTEM");
    server.system_identifier = system.text(0, 0);
    server.timeline = number_of<std::uint32_t>(system.text(0, 1), "timeline");
    const auto wal_end = event::parse_lsn(system.text(0, 2));
    if (!wal_end)
        throw PostgresError("the server sent \"" + system.text(0, 2) + "\" where an LSN was expected", "", "", false);
    server.wal_end = *wal_end;
    const Result state =
        connection.command(std::string("SELECT ") + server_started_expression + ", pg_catalog.pg_is_in_recovery()");
    server.started = state.text(0, 0);
    server.is_in_recovery = state.text(0, 1) == "t";
    return server;
}

std::optional<event::Lsn> fork_from(Connection& connection, std::uint32_t server_timeline, std::uint32_t timeline) {
    if (server_timeline <= 1)
        return std::nullopt;  // the first timeline has no history
    try {
        const Result history = connection.command("TIMELINE_HISTORY " + std::to_string(server_timeline));
        return parse_fork(history.text(0, 1), timeline);
    } catch (const PostgresError& error) {
        constexpr const char* undefined_file = "58P01";
        if (error.sqlstate() == undefined_file)  // restored without its history: nothing is known of where it came from
            return std::nullopt;
        throw;
    }
}

std::optional<event::Lsn> parse_fork(std::string_view history, std::uint32_t timeline) {
    while (!history.empty()) {
        const std::size_t end = std::min(history.find('\n'), history.size());
        std::string_view line = history.substr(0, end);
        history.remove_prefix(std::min(end + 1, history.size()));
        if (next_word(line) == std::to_string(timeline))
            return event::parse_lsn(next_word(line));
    }
    return std::nullopt;
}

}  // namespace glassflow::postgres
