// What a person can set about the source database and its slot.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glassflow::postgres {

// What is sent of updated rows under REPLICA IDENTITY FULL.
enum class UpdateColumns : std::uint8_t { all, changed };

// What to do about a slot that the server has given up, or that is gone.
enum class SlotLossPolicy : std::uint8_t { fail, recreate };

// The output plugins whose slots are understood. automatic: that of the slot; ours for a slot that is made.
enum class SlotPlugin : std::uint8_t { automatic, glassflow, wal2json, pgoutput };

struct SourceSettings {
    // Names, addresses or socket directories, each with a port of its own or not (see parse_host); the first that
    // answers and suits target_session_attrs is taken. Empty = libpq's default (PGHOST, then the local socket).
    std::vector<std::string> hosts;
    std::uint16_t port = 5432;
    std::string target_session_attrs;  // empty = read-write with several hosts, any with one
    std::string user;                  // empty = libpq's default
    std::string password;              // secret; empty = PGPASSWORD or ~/.pgpass, as libpq does
    std::string database;
    std::string sslmode;  // empty = libpq's default
    std::string sslrootcert;
    std::string slot;
    bool create_slot = false;
    SlotPlugin plugin = SlotPlugin::automatic;
    std::vector<std::string> publications;  // of pgoutput and of our plugin: what is sent
    bool binary = false;                    // of pgoutput: values in binary
    bool streaming = false;                 // of pgoutput and of ours: transactions are sent while in progress
    std::uint64_t streaming_disk_limit_bytes = 16ull << 30;  // of what of them does not fit the memory
    std::vector<std::string> wal2json_args;                  // of wal2json: NAME=VALUE
    std::vector<std::string> tables;  // patterns of the plugin's option "tables"; empty = every table
    // The plugin's options of the same names; empty = its default. What other plugins can do of them, plugin_options.h
    // says.
    std::vector<std::string> exclude_tables;
    std::vector<std::string> columns;
    std::vector<std::string> exclude_columns;
    std::vector<std::string> rows;
    std::vector<std::string> actions;
    std::string messages;
    std::string origin;
    bool ddl = false;                                   // of our plugin: schema changes are sent
    std::vector<std::string> masks;                     // of our plugin: rules, see mask_rule.h
    UpdateColumns update_columns = UpdateColumns::all;  // of our plugin
    std::uint32_t frame_bytes = 65536;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds status_interval{1'000};  // longest time between two standby status updates
    std::chrono::milliseconds reconnect_initial{200};
    std::chrono::milliseconds reconnect_max{15'000};
    SlotLossPolicy on_slot_lost = SlotLossPolicy::fail;
    std::chrono::milliseconds slot_watch_interval{10'000};  // between two looks at the slot's safety
    std::chrono::milliseconds heartbeat_interval{0};        // 0 = no heartbeats
};

struct Host {
    std::string_view name;
    std::uint16_t port = 0;  // 0 = none was given
};

// "db1", "db1:5433", "10.0.0.1:5433", "[::1]:5433", "::1", "/run/postgresql". nullopt when it is none of these.
inline std::optional<Host> parse_host(std::string_view text) {
    const auto with_port = [](std::string_view name, std::string_view port_text) -> std::optional<Host> {
        Host host{name, 0};
        const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), host.port);
        const bool is_whole = error == std::errc() && end == port_text.data() + port_text.size();
        return name.empty() || !is_whole || host.port == 0 ? std::nullopt : std::optional(host);
    };
    const std::size_t colon = text.find(':');
    if (text.empty())
        return std::nullopt;
    if (text.front() == '[') {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || end == 1)
            return std::nullopt;
        const std::string_view rest = text.substr(end + 1);
        if (rest.empty())
            return Host{text.substr(1, end - 1)};
        return rest.front() == ':' ? with_port(text.substr(1, end - 1), rest.substr(1)) : std::nullopt;
    }
    if (text.front() == '/' || colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return Host{text};  // a directory, a name, or an IPv6 address without brackets
    return with_port(text.substr(0, colon), text.substr(colon + 1));
}

// One of wal2json_args: its name; nullopt when it is no NAME=VALUE, or an option that the collector sets itself. Those
// that may be set choose what is sent, and how.
inline std::optional<std::string_view> wal2json_argument_name(std::string_view argument) {
    constexpr std::string_view choices[] = {"format-version",      "actions",         "filter-tables",
                                            "add-tables",          "filter-origin",   "filter-origins",
                                            "filter-msg-prefixes", "add-msg-prefixes"};
    const std::size_t sign = argument.find('=');
    if (sign == std::string_view::npos)
        return std::nullopt;
    const std::string_view name = argument.substr(0, sign);
    for (const std::string_view choice : choices) {
        if (name == choice)
            return name;
    }
    return std::nullopt;
}

}  // namespace glassflow::postgres
