// The order of the looks. Only what any role may see is asked for; what it may not see is told as unknown.
#include "postgres/preflight.h"

#include <algorithm>

#include "postgres/connection.h"
#include "postgres/preflight/connection_remedy.h"
#include "postgres/preflight/examination.h"
#include "postgres/preflight/sql_identifier.h"
#include "postgres/replication_slot.h"

namespace glassflow::postgres {

namespace {

constexpr const char* plugin_names[] = {plugin_name, wal2json_name, pgoutput_name};

std::string allow_plugin(const std::string& plugin) {
    return "As superuser run: " + plugin_list_statement({"pgoutput", "test_decoding", plugin}) +
           " then SELECT pg_reload_conf(); (without quotes around the list; keep other plugins that are in use in "
           "it).";
}

// The plugin that an error speaks of.
const char* plugin_in(std::string_view text) {
    const auto* const name = std::ranges::find_if(
        plugin_names, [text](const char* one) { return text.find(one) != std::string_view::npos; });
    return name == std::end(plugin_names) ? nullptr : *name;
}

void add_failure(std::vector<Finding>& findings, Check check, const std::string& found, Remedy remedy) {
    findings.push_back({check, Finding::Outcome::failed, found, std::move(remedy)});
}

// A look that the server does not allow, or that breaks off, says nothing about what it looked at.
template <typename Look>
void look(Examination& examination, Check check, Look function) {
    try {
        function(examination);
    } catch (const PostgresError& error) {
        examination.unknown(check, "could not be looked at: " + std::string(error.what()), {error.hint()});
    }
}

void look_at_whole(Examination& examination) {
    look(examination, Check::tls, check_tls);
    if (!check_server_version(examination))
        return;
    const bool can_decode = check_wal_level(examination);
    look(examination, Check::max_replication_slots, check_capacity);
    look(examination, Check::wal_sender_timeout, check_wal_sender_timeout);
    const bool may_replicate = check_role(examination);
    if (may_replicate)
        look(examination, Check::replication_connection, check_replication_connection);
    if (may_replicate && can_decode && !(examination.slot() && examination.slot()->type != "logical"))
        look(examination, Check::plugin, check_plugin);
    look(examination, Check::slot, check_slot);
    look(examination, Check::standby, check_standby);
    look(examination, Check::tables, check_tables);
    look(examination, Check::publications, check_publications);
    look(examination, Check::plugin_options, check_plugin_options);
    look(examination, Check::select, check_select);
    look(examination, Check::slot_limit, check_slot_limit);
    look(examination, Check::other_slots, check_other_slots);
    look(examination, Check::decoding_memory, check_decoding_memory);
}

// The rest means nothing on a server that cannot do what comes before it.
void look_at_necessary(Examination& examination) {
    if (!check_server_version(examination))
        return;
    const bool can_decode = check_wal_level(examination);
    const bool may_replicate = check_role(examination);
    if (!can_decode || !may_replicate)
        return;
    check_slot(examination);
    check_publications(examination);
    check_plugin_options(examination);
}

}  // namespace

bool PreflightResult::is_ok() const {
    return std::none_of(findings.begin(), findings.end(),
                        [](const Finding& finding) { return finding.outcome == Finding::Outcome::failed; });
}

std::string missing_slot_remedy(const SourceSettings& settings) {
    return "Set source.create_slot: true, or run: SELECT pg_create_logical_replication_slot(" +
           quote_literal(settings.slot) + ", " +
           quote_literal(settings.plugin == SlotPlugin::automatic ? plugin_name : name_of(settings.plugin)) + ");";
}

std::string describe_loss(const ReplicationSlot& slot) {
    return "slot \"" + slot.name + "\" is lost: " +
           (slot.invalidation_reason.empty() || slot.invalidation_reason == "wal_removed"
                ? "the server has removed WAL that it needs"
                : "the server has invalidated it (" + slot.invalidation_reason + ")");
}

std::string loss_prevention(const ReplicationSlot& slot) {
    const std::string& reason = slot.invalidation_reason;
    if (reason == "rows_removed" || reason == "conflict with recovery")
        return "First set hot_standby_feedback = on and primary_slot_name on the standby, or this happens again "
               "(docs/standby.md). ";
    if (reason == "wal_level_insufficient")
        return "First set wal_level = logical on the primary, too (docs/standby.md). ";
    if (reason == "idle_timeout")
        return "First raise idle_replication_slot_timeout, or this happens again whenever nothing reads the slot for "
               "so long. ";
    return "";
}

std::string loss_remedy(const ReplicationSlot& slot) {
    return loss_prevention(slot) + "Changes since " + to_string(slot.confirmed_flush_lsn) +
           " cannot be delivered any more; drop the slot, make it again, and copy the tables afresh "
           "(source.on_slot_lost: recreate does the first two).";
}

PreflightResult preflight(const SourceSettings& settings, const PreflightQuestions& questions) {
    PreflightResult result;
    try {
        Connection connection = Connection::open(settings, Connection::Kind::sql);
        result.findings.push_back({Check::connection, Finding::Outcome::ok, "connected to " + describe(settings)});
        Examination examination(std::move(connection), settings, questions, result.findings);
        result.platform = examination.platform().word;
        result.server_version = examination.setting("server_version").value_or("");
        if (questions.is_whole)
            look_at_whole(examination);
        else
            look_at_necessary(examination);
    } catch (const PostgresError& error) {
        add_failure(result.findings, Check::connection, error.what(), connection_remedy(error, settings));
    }
    return result;
}

std::string remedy_for(const PostgresError& error, const SourceSettings& settings) {
    const char* const plugin = plugin_in(error.what());
    if (error.sqlstate() == "42501" && plugin != nullptr)
        return allow_plugin(plugin);
    if (error.sqlstate() == "58P01" && plugin == plugin_name)
        return "Install the plugin on the server: make clean && make install PG_CONFIG=/path/to/its/pg_config";
    if (error.sqlstate() == "58P01" && plugin == wal2json_name)
        return "Install wal2json on the server, on Debian the package postgresql-VERSION-wal2json.";
    if (error.sqlstate() == "53400")
        return "Raise max_replication_slots, or drop a slot that nobody uses (see pg_replication_slots).";
    if (error.sqlstate() == "53300")
        return "Raise max_wal_senders or max_connections of the server.";
    if (error.sqlstate() == "42704")
        return "Slot \"" + settings.slot + "\" is gone; a new one would not have the changes in between.";
    return error.hint();
}

}  // namespace glassflow::postgres
