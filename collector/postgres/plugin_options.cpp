#include "postgres/plugin_options.h"

#include <algorithm>

#include "postgres/connection.h"
#include "postgres/replication_slot.h"
#include "postgres/table_pattern.h"

namespace glassflow::postgres {

namespace {

constexpr int origin_version_num = 160000;
constexpr int messages_version_num = 140000;  // pgoutput's options binary, messages and streaming, too

std::string joined(const std::vector<std::string>& texts, const char* separator = ",") {
    std::string list;
    for (const auto& text : texts)
        list += (list.empty() ? "" : separator) + text;
    return list;
}

std::string quoted_publications(const SourceSettings& settings) {
    std::string publications;
    for (const std::string& publication : settings.publications)
        publications += (publications.empty() ? "" : ",") + quote_identifier(publication);
    return publications;
}

std::vector<PluginOption> glassflow_options(const SourceSettings& settings, const PluginRequest& request) {
    std::vector<PluginOption> options{{"frame_bytes", std::to_string(settings.frame_bytes)}};
    if (!settings.tables.empty())
        options.push_back({"tables", joined(settings.tables)});
    const auto give = [&options](const char* name, const std::string& value) {
        if (!value.empty())
            options.push_back({name, value});
    };
    give("exclude_tables", joined(settings.exclude_tables));
    give("columns", joined(settings.columns, "; "));
    give("exclude_columns", joined(settings.exclude_columns, "; "));
    give("rows", joined(settings.rows, "; "));
    give("actions", joined(settings.actions));
    // Heartbeats of our own come back in any case: they say how far the stream has come.
    if (!settings.messages.empty() && settings.messages != "all")
        give("messages", (settings.messages == "off" ? "" : settings.messages + ",") + "'glassflow'");
    give("origin", settings.origin);
    give("publications", quoted_publications(settings));
    if (settings.update_columns == UpdateColumns::changed)
        options.push_back({"update_columns", "changed"});
    if (!settings.masks.empty())
        options.push_back({"masks", joined(settings.masks, "; ")});
    if (settings.ddl)
        options.push_back({"ddl", "on"});
    if (request.streams_in_progress)
        options.push_back({"streaming", "on"});
    return options;
}

void set(std::vector<PluginOption>& options, const std::string& name, const std::string& value) {
    const auto known = std::ranges::find(options, name, &PluginOption::name);
    if (known != options.end())
        known->value = value;
    else
        options.push_back({name, value});
}

std::vector<PluginOption> wal2json_options(const SourceSettings& settings) {
    std::vector<PluginOption> options{{"format-version", "2"},       {"include-xids", "true"},
                                      {"include-timestamp", "true"}, {"include-lsn", "true"},
                                      {"include-pk", "true"},        {"include-type-oids", "true"},
                                      {"include-not-null", "true"},  {"include-domain-data-type", "true"}};
    if (const auto tables = wal2json_tables(settings.tables); tables && !settings.tables.empty())
        options.push_back({"add-tables", *tables});
    if (!settings.actions.empty())
        options.push_back({"actions", joined(settings.actions)});
    for (const std::string& argument : settings.wal2json_args) {
        if (const auto name = wal2json_argument_name(argument))
            set(options, std::string(*name), argument.substr(name->size() + 1));
    }
    return options;
}

// The newest version of the protocol that the server speaks: each only adds to those before.
int protocol_version(int server_version_num) {
    return server_version_num >= 160000 ? 4 : server_version_num >= 150000 ? 3 : server_version_num >= 140000 ? 2 : 1;
}

std::vector<PluginOption> pgoutput_options(const SourceSettings& settings, const PluginRequest& request) {
    std::vector<PluginOption> options{{"proto_version", std::to_string(protocol_version(request.server_version_num))},
                                      {"publication_names", quoted_publications(settings)}};
    if (request.server_version_num < messages_version_num)
        return options;
    options.push_back({"messages", "true"});
    if (!settings.origin.empty() && request.server_version_num >= origin_version_num)
        options.push_back({"origin", settings.origin});
    if (settings.binary)
        options.push_back({"binary", "true"});
    if (request.streams_in_progress)
        options.push_back({"streaming", "on"});
    return options;
}

// What wal2json writes a backslash before, and what its list is separated by.
std::string escaped(std::string_view name) {
    std::string text;
    for (const char character : name) {
        if (std::string_view("\\., \t*'").find(character) != std::string_view::npos)
            text += '\\';
        text += character;
    }
    return text;
}

// A whole name or a lone *; nullopt for a pattern within a name.
std::optional<std::string> wal2json_name_of(std::string_view& pattern) {
    std::string name;
    bool is_quoted = false;
    if (pattern.starts_with("*")) {
        pattern.remove_prefix(1);
        return "*";
    }
    while (!pattern.empty() && (is_quoted || pattern.front() != '.')) {
        const char character = pattern.front();
        pattern.remove_prefix(1);
        if (character == '"') {
            if (is_quoted && pattern.starts_with("\"")) {
                name += '"';
                pattern.remove_prefix(1);
            } else {
                is_quoted = !is_quoted;
            }
        } else if (character == '*' && !is_quoted) {
            return std::nullopt;
        } else {
            name += !is_quoted && character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                                       : character;
        }
    }
    return escaped(name);
}

}  // namespace

std::optional<std::string> wal2json_tables(const std::vector<std::string>& patterns) {
    std::string list;
    for (std::string_view pattern : patterns) {
        const auto schema = wal2json_name_of(pattern);
        if (!schema || !pattern.starts_with("."))
            return std::nullopt;
        pattern.remove_prefix(1);
        const auto table = wal2json_name_of(pattern);
        if (!table || !pattern.empty())
            return std::nullopt;
        list += (list.empty() ? "" : ",") + *schema + "." + *table;
    }
    return list;
}

const char* unsupported_setting(const SourceSettings& settings, const PluginRequest& request) {
    if (request.plugin == plugin_name)
        return nullptr;
    const bool is_pgoutput = request.plugin == pgoutput_name;
    const bool takes_origin =
        settings.origin.empty() || settings.origin == "any" ||
        (is_pgoutput && settings.origin == "none" && request.server_version_num >= origin_version_num);
    return !settings.columns.empty()                                  ? "columns"
           : !settings.exclude_columns.empty()                        ? "exclude_columns"
           : !settings.rows.empty()                                   ? "rows"
           : is_pgoutput && !settings.actions.empty()                 ? "actions"
           : !settings.messages.empty() && settings.messages != "all" ? "messages"
           : !takes_origin                                            ? "origin"
           : !is_pgoutput && !settings.publications.empty()           ? "publications"
                                                                      : nullptr;
}

std::vector<PluginOption> plugin_options(const SourceSettings& settings, const PluginRequest& request) {
    if (const char* setting = unsupported_setting(settings, request))
        throw PostgresError(
            std::string("source.") + setting + " is set, and slot \"" + settings.slot + "\" is of " + request.plugin,
            "", "Take the setting out, or use a slot of glassflow: " + request.plugin + " cannot do it.", false);
    if (request.plugin == wal2json_name)
        return wal2json_options(settings);
    if (request.plugin == pgoutput_name)
        return pgoutput_options(settings, request);
    return glassflow_options(settings, request);
}

std::span<const char* const> plugin_session(const PluginRequest& request) {
    static constexpr const char* statements[] = {
        "SET DateStyle = ISO",    "SET TimeZone = UTC",         "SET IntervalStyle = postgres",
        "SET bytea_output = hex", "SET extra_float_digits = 1", "SET search_path = pg_catalog",
    };
    return request.plugin == plugin_name ? std::span<const char* const>() : statements;
}

}  // namespace glassflow::postgres
