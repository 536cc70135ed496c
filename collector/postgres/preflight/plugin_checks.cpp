// Is the plugin there, and does the server let it be used? A role without rights can see neither the server's files nor
// the list; but it may make a slot, so a temporary one is made, which ends with the connection.
#include <algorithm>

#include "postgres/plugin_options.h"
#include "postgres/preflight/examination.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/server_version.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

constexpr const char* insufficient_privilege = "42501";
constexpr const char* undefined_file = "58P01";
constexpr const char* object_not_in_prerequisite_state = "55000";  // wal_level of the primary
constexpr const char* query_canceled = "57014";
constexpr const char* configuration_limit_exceeded = "53400";
constexpr const char* list_name = "output_plugin_libraries";

// What a list has to have: the standard ones, those of the slots that are there, those that it has, and ours.
Remedy allow(Examination& examination, const std::vector<std::string>& current) {
    const Result of_slots = examination.connection().query(
        "SELECT DISTINCT plugin FROM pg_replication_slots WHERE plugin IS NOT NULL ORDER BY plugin");
    std::vector<std::string> names = {"pgoutput", "test_decoding"};
    const auto add = [&](const std::string& name) {
        if (name.find(',') == std::string::npos && std::ranges::find(names, name) == names.end())
            names.push_back(name);
    };
    for (const std::string& name : current)
        add(name);
    for (int row = 0; row < of_slots.row_count(); ++row)
        add(of_slots.text(row, 0));
    add(examination.plugin());
    return {"As superuser, without quotes around the list; keep other plugins that are in use in it.",
            {plugin_list_statement(names), "SELECT pg_reload_conf();"}};
}

Remedy allow_there(Examination& examination, const std::vector<std::string>& current) {
    if (!examination.platform().is_managed())
        return allow(examination, current);
    return {std::string(examination.platform().title) + " decides which plugins are allowed; pgoutput always is.",
            {},
            {"source.plugin: pgoutput", "source.publications: [glassflow]"}};
}

Remedy install(Examination& examination) {
    const std::string plugin = examination.plugin();
    if (examination.platform().is_managed())
        return {std::string(examination.platform().title) +
                    " has pgoutput, and wal2json on most servers, and takes no "
                    "other plugin. \"glassflow-collector setup\" makes the publication. A slot of another plugin needs "
                    "another name.",
                {},
                {"source.plugin: pgoutput", "source.publications: [glassflow]"}};
    return {remedy_for(PostgresError(plugin, undefined_file, "", false), examination.settings())};
}

// nullopt: it exists and this role may not see it. Empty: the server does not know it.
std::optional<std::optional<std::string>> list_of(Examination& examination) {
    try {
        return examination.setting(list_name);
    } catch (const PostgresError& error) {
        if (error.sqlstate() != insufficient_privilege)
            throw;
        return std::nullopt;
    }
}

// True when the list itself says all there is to say.
bool look_at_list(Examination& examination, const std::vector<std::string>& names) {
    const std::string plugin = examination.plugin();
    if (std::ranges::find(names, plugin) != names.end())
        return false;
    const auto glued =
        std::ranges::find_if(names, [&](const std::string& name) { return name.find(',') != std::string::npos; });
    if (glued != names.end())
        examination.failed(Check::output_plugin_libraries,
                           "output_plugin_libraries was set as one quoted string, so that it holds one name, \"" +
                               *glued + "\", and every plugin is refused",
                           allow_there(examination, parse_name_list(*glued)));
    else
        examination.failed(Check::output_plugin_libraries,
                           "output_plugin_libraries does not have " + plugin + ": " + list_text(names, 20),
                           allow_there(examination, names));
    return true;
}

// The errors of making a slot, and of our plugin's options on it; neither when they were taken, or when the server
// waited for transactions and it was given up.
struct Trial {
    std::optional<PostgresError> of_slot;
    std::optional<PostgresError> of_options;
};

constexpr const char* make_statement =
    "SELECT pg_catalog.pg_create_logical_replication_slot('glassflow_check_' || pg_catalog.pg_backend_pid(), $1, true)";

// Position 0/1 is behind: the plugin starts, and no change goes through it.
constexpr const char* options_statement =
    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_logical_slot_peek_binary_changes('glassflow_check_' || "
    "pg_catalog.pg_backend_pid(), '0/1', NULL, VARIADIC $1::text[])";

std::string options_of(Examination& examination) {
    const SourceSettings& settings = examination.settings();
    std::vector<std::string> words;
    for (const PluginOption& option : plugin_options(settings, {.plugin = plugin_name,
                                                               .server_version_num = examination.version_num(),
                                                               .streams_in_progress = settings.streaming})) {
        words.push_back(option.name);
        words.push_back(option.value);
    }
    return array_literal(words);
}

std::optional<PostgresError> error_of(Connection& connection, const char* statement, const std::string& parameter) {
    try {
        connection.query(statement, {parameter});
    } catch (const PostgresError& error) {
        if (error.sqlstate() != query_canceled)
            return error;
    }
    return std::nullopt;
}

Trial try_plugin(Examination& examination) {
    Connection connection = Connection::open(examination.settings(), Connection::Kind::sql);
    connection.command("SET statement_timeout = '3s'");
    const std::string plugin = examination.plugin();
    Trial trial;
    trial.of_slot = error_of(connection, make_statement, plugin);
    const bool is_there =
        !trial.of_slot &&
        connection
                .query(
                    "SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = 'glassflow_check_' || "
                    "pg_catalog.pg_backend_pid()")
                .row_count() != 0;
    if (is_there && plugin == plugin_name)
        trial.of_options = error_of(connection, options_statement, options_of(examination));
    return trial;
}

void tell_allowed(Examination& examination, bool is_list_known) {
    const std::string plugin = examination.plugin();
    examination.ok(Check::plugin, "plugin " + plugin + " can be used");
    if (is_list_known)
        examination.ok(Check::output_plugin_libraries, "the server allows " + plugin);
    else
        examination.ok(Check::output_plugin_libraries, "this server has no list of allowed plugins");
}

void tell_refusal(Examination& examination, const PostgresError& error, bool is_list_known,
                  const std::vector<std::string>& list) {
    const std::string plugin = examination.plugin();
    if (error.sqlstate() == insufficient_privilege && is_list_known) {
        examination.failed(Check::output_plugin_libraries, "the server does not allow " + plugin + ": " + error.what(),
                           allow_there(examination, list));
    } else if (error.sqlstate() == undefined_file) {
        examination.failed(Check::plugin, "plugin " + plugin + " is not installed on the server: " + error.what(),
                           install(examination));
    } else if (error.sqlstate() == object_not_in_prerequisite_state && examination.is_in_recovery()) {
        Remedy remedy = enable_logical_decoding(examination.platform());
        remedy.advice = "On the primary, not here. " + remedy.advice;
        examination.failed(Check::standby,
                           "the primary of this standby does not let it decode: " + std::string(error.what()), remedy);
    } else if (error.sqlstate() == configuration_limit_exceeded) {
        examination.unknown(Check::plugin, "no replication slot is free to try plugin " + plugin + " with",
                            room_for_slots(examination));
    } else {
        examination.failed(Check::plugin, "plugin " + plugin + " cannot be used: " + error.what(), {error.hint()});
    }
}

}  // namespace

std::string plugin_list_statement(const std::vector<std::string>& names) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz_0123456789";
    std::string list;
    for (const std::string& name : names) {
        const bool is_plain = !name.empty() && name.find_first_not_of(plain) == std::string::npos &&
                              (name.front() < '0' || name.front() > '9');
        list += (list.empty() ? "" : ", ") + (is_plain ? name : sql_identifier(name));
    }
    return std::string("ALTER SYSTEM SET ") + list_name + " = " + list + ";";
}

void check_plugin(Examination& examination) {
    const auto list = list_of(examination);
    const bool is_list_known = !list || *list;
    const std::vector<std::string> names = list && *list ? parse_name_list(**list) : std::vector<std::string>();
    if (list && *list && look_at_list(examination, names))
        return;
    // Whoever streams from the slot at this moment has shown that it works.
    if (examination.slot() && examination.slot()->is_active)
        return tell_allowed(examination, is_list_known);
    const Trial trial = try_plugin(examination);
    if (trial.of_slot)
        return tell_refusal(examination, *trial.of_slot, is_list_known, names);
    tell_allowed(examination, is_list_known);
    if (trial.of_options)
        examination.refuse_options("the plugin refuses what it is asked for: " + std::string(trial.of_options->what()),
                                   {trial.of_options->hint().empty() ? "Correct the setting of source that is named."
                                                                     : trial.of_options->hint()});
}

}  // namespace glassflow::postgres
