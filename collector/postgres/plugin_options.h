// What a slot's plugin is asked for: its options, and the settings of the session that it prints in.
//
// Our own plugin prints nothing by its session's settings; the others do, and are given those that ours has pinned, so
// that values and type names come out alike.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/settings.h"

namespace glassflow::postgres {

struct PluginRequest {
    std::string plugin;
    int server_version_num = 0;
    bool streams_in_progress = false;  // may pgoutput send transactions before they commit?
};

struct PluginOption {
    std::string name;
    std::string value;
};

// Throws PostgresError when the plugin cannot do what is set: it would send what nobody asked for.
std::vector<PluginOption> plugin_options(const SourceSettings& settings, const PluginRequest& request);

// The setting that the plugin cannot follow, "rows"; nullptr when it can follow all. pgoutput can choose by origin any
// or none (PostgreSQL 16), wal2json by actions; tables are left out of both by the collector.
const char* unsupported_setting(const SourceSettings& settings, const PluginRequest& request);

// Statements to run before START_REPLICATION.
std::span<const char* const> plugin_session(const PluginRequest& request);

// The patterns of source.tables in the words of wal2json's option add-tables; nullopt when it has none for one of them.
std::optional<std::string> wal2json_tables(const std::vector<std::string>& patterns);

}  // namespace glassflow::postgres
