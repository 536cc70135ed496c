// Only what any role may see is asked for. The server's list of allowed plugins is not among it (a superuser's
// setting), so a refusal shows itself when the slot is made or opened; remedy_for() then knows the line that mends it.
#include "postgres/preflight.h"

#include <algorithm>

#include "postgres/connection.h"
#include "postgres/replication_slot.h"

namespace glassflow::postgres {

namespace {

constexpr int oldest_server_version_num = 130000;
constexpr int pgoutput_options_version_num = 140000;
constexpr const char* plugin_names[] = {plugin_name, wal2json_name, pgoutput_name};

std::string allow_plugin(const std::string& plugin) {
    return "As superuser run: ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, " + plugin +
           "; then SELECT pg_reload_conf(); (without quotes around the list; keep other plugins that are in use in "
           "it).";
}

// The plugin that an error speaks of.
const char* plugin_in(std::string_view text) {
    const auto* const name = std::ranges::find_if(
        plugin_names, [text](const char* one) { return text.find(one) != std::string_view::npos; });
    return name == std::end(plugin_names) ? nullptr : *name;
}

class Preflight {
public:
    Preflight(const SourceSettings& settings, MissingSlot missing_slot)
        : settings_(settings), missing_slot_(missing_slot) {}

    PreflightResult run() {
        try {
            Connection connection = Connection::open(settings_, Connection::Kind::sql);
            ok("connection", "connected to " + describe(settings_));
            // The rest means nothing on a server that cannot do it.
            if (check_version(connection)) {
                const bool can_decode = check_wal_level(connection);
                const bool may_replicate = check_role(connection);
                if (can_decode && may_replicate)
                    check_slot(connection);
            }
        } catch (const PostgresError& error) {
            failed("connection", error.what(), remedy_for(error, settings_));
        }
        return std::move(result_);
    }

private:
    void ok(std::string subject, std::string found) {
        result_.findings.push_back({std::move(subject), Finding::Outcome::ok, std::move(found), ""});
    }
    void failed(std::string subject, std::string found, std::string remedy) {
        result_.findings.push_back({std::move(subject), Finding::Outcome::failed, std::move(found), std::move(remedy)});
    }

    bool check_version(Connection& connection) {
        const int version_num = PQserverVersion(connection.handle());
        const std::string version = connection.query("SHOW server_version").text(0, 0);
        if (version_num < oldest_server_version_num) {
            failed("server version", "PostgreSQL " + version + " is too old",
                   "The plugin and the collector need PostgreSQL 13 or later.");
            return false;
        }
        ok("server version", "PostgreSQL " + version);
        return true;
    }

    bool check_wal_level(Connection& connection) {
        const std::string wal_level = connection.query("SHOW wal_level").text(0, 0);
        if (wal_level != "logical") {
            failed("wal_level", "wal_level is " + wal_level + ", not logical",
                   "As superuser run: ALTER SYSTEM SET wal_level = logical; and restart the server.");
            return false;
        }
        ok("wal_level", "wal_level is logical");
        return true;
    }

    bool check_role(Connection& connection) {
        const Result role = connection.query(
            "SELECT rolname, rolreplication OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user");
        if (role.text(0, 1) != "t") {
            failed("role", "role \"" + role.text(0, 0) + "\" may not use replication",
                   "As superuser run: ALTER ROLE " + quote_identifier(role.text(0, 0)) + " REPLICATION;");
            return false;
        }
        ok("role", "role \"" + role.text(0, 0) + "\" may use replication");
        return true;
    }

    void check_slot(Connection& connection) {
        const auto slot = find_slot(connection, settings_.slot);
        const std::string name = "slot \"" + settings_.slot + "\"";
        const std::string another_name =
            "Give source.slot another name, or drop that slot if nothing else uses it: SELECT "
            "pg_drop_replication_slot(" +
            quote_literal(settings_.slot) + ");";
        if (!slot) {
            check_missing_slot(name);
        } else if (slot->type != "logical") {
            failed("slot", name + " is a physical slot", another_name);
        } else if (!is_understood(slot->plugin)) {
            failed("slot", name + " was made for the plugin \"" + slot->plugin + "\", not \"" + plugin_name + "\"",
                   another_name);
        } else if (settings_.plugin != SlotPlugin::automatic && slot->plugin != name_of(settings_.plugin)) {
            failed(
                "slot",
                name + " was made for the plugin \"" + slot->plugin + "\", not \"" + name_of(settings_.plugin) + "\"",
                "Leave source.plugin out, so that the slot's own is taken. " + another_name);
        } else if (slot->database != PQdb(connection.handle())) {
            failed("slot", name + " belongs to database \"" + slot->database + "\"",
                   "Set source.database to that database, or source.slot to a slot of this one.");
        } else if (slot->is_lost()) {
            if (missing_slot_ == MissingSlot::is_failure && settings_.on_slot_lost == SlotLossPolicy::fail)
                failed("slot", describe_loss(*slot), loss_remedy(*slot));
            else
                ok("slot", describe_loss(*slot));
        } else {
            ok("slot", name + " is at " + to_string(slot->confirmed_flush_lsn) +
                           (slot->plugin == plugin_name ? "" : ", of plugin " + slot->plugin) +
                           (slot->is_active ? ", in use by process " + slot->active_pid : ""));
        }
        const std::string plugin = slot ? slot->plugin : name_of(settings_.plugin);
        if (plugin == pgoutput_name)
            check_pgoutput(connection);
    }

    // What pgoutput sends is chosen by publications, which must be there when the slot is read.
    void check_pgoutput(Connection& connection) {
        if (settings_.publications.empty()) {
            failed("publications", "slot \"" + settings_.slot + "\" is of pgoutput, and source.publications names none",
                   "Set source.publications to a publication of the tables that are wanted: CREATE PUBLICATION "
                   "glassflow FOR TABLE ...;");
            return;
        }
        for (const std::string& publication : settings_.publications) {
            const Result found =
                connection.query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = $1", {publication});
            if (found.row_count() == 0)
                failed("publications", "publication \"" + publication + "\" does not exist",
                       "Make it before the slot is read (changes from before it was made cannot be decoded): CREATE "
                       "PUBLICATION " +
                           quote_identifier(publication) + " FOR TABLE ...;");
            else
                ok("publications", "publication \"" + publication + "\" exists");
        }
        if ((settings_.binary || settings_.streaming) && connection.server_version_num() < pgoutput_options_version_num)
            failed("pgoutput", "source.binary and source.streaming need PostgreSQL 14 or later", "Set both to false.");
    }

    void check_missing_slot(const std::string& name) {
        if (missing_slot_ == MissingSlot::is_decided_later)
            ok("slot", name + " does not exist");
        else if (settings_.create_slot)
            ok("slot", name + " does not exist and will be made by `run`");
        else
            failed("slot", name + " does not exist", missing_slot_remedy(settings_));
    }

    const SourceSettings& settings_;
    const MissingSlot missing_slot_;
    PreflightResult result_;
};

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

std::string loss_remedy(const ReplicationSlot& slot) {
    return "Changes since " + to_string(slot.confirmed_flush_lsn) +
           " cannot be delivered any more; drop the slot, make it again, and copy the tables afresh "
           "(source.on_slot_lost: recreate does the first two).";
}

PreflightResult preflight(const SourceSettings& settings, MissingSlot missing_slot) {
    return Preflight(settings, missing_slot).run();
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
