// Nothing is taken back that setup cannot have made: roles and publications are known by their comment, the slot by its
// name, plugin and database. What others use as well stays, and a note says so.
#include <algorithm>

#include "postgres/preflight.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/platform.h"
#include "postgres/preflight/sql_identifier.h"
#include "postgres/replication_slot.h"
#include "postgres/setup/setup_plan.h"

namespace glassflow::postgres {

namespace {

// What was granted to a role in this database, as the statements that take it back.
constexpr const char* grants_query = R"(
SELECT kind, schema, name FROM (
    SELECT 1 AS rank, 'TABLE' AS kind, n.nspname AS schema, c.relname AS name, a.grantee
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL aclexplode(c.relacl) a
    UNION SELECT 2, 'SCHEMA', n.nspname, '', a.grantee FROM pg_namespace n, LATERAL aclexplode(n.nspacl) a
    UNION SELECT 3, 'DATABASE', d.datname, '', a.grantee
    FROM pg_database d, LATERAL aclexplode(d.datacl) a WHERE d.datname = current_database()
) AS granted
WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = $1) ORDER BY rank, schema, name)";

// Objects that it owns, or rights that it has, where this connection does not reach.
constexpr const char* elsewhere_query = R"(
SELECT count(*) FROM pg_shdepend d
WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
  AND (d.deptype = 'o' OR (d.dbid <> 0 AND d.dbid <> (SELECT oid FROM pg_database WHERE datname = current_database()))
       OR (d.dbid = 0 AND NOT (d.classid = 'pg_database'::regclass
           AND d.objid = (SELECT oid FROM pg_database WHERE datname = current_database())))))";

class TeardownPlanner {
public:
    TeardownPlanner(Connection& connection, const SourceSettings& settings)
        : connection_(connection), settings_(settings), slot_(find_slot(connection, settings.slot)) {}

    SetupPlan plan() {
        drop_slot();
        if (is_slot_in_use_)
            return std::move(plan_);
        drop_publications();
        take_plugin_off_the_list();
        drop_role();
        return std::move(plan_);
    }

private:
    void drop_slot() {
        if (!slot_)
            return;
        const std::string name = "Slot \"" + slot_->name + "\"";
        if (slot_->type != "logical" || !is_understood(slot_->plugin) || slot_->database != settings_.database)
            return plan_.leave(name + " stays: it is none that setup makes.");
        is_slot_in_use_ = slot_->is_active;
        if (is_slot_in_use_)
            return plan_.leave(name + " stays, and with it what its collector needs: it is in use by process " +
                               slot_->active_pid + ". Stop the collector, and run teardown again.");
        plan_.step("what was not delivered from it is lost; the write-ahead log that it keeps is freed",
                   "SELECT pg_drop_replication_slot(" + quote_literal(slot_->name) + ");");
        is_slot_dropped_ = true;
    }

    void drop_publications() {
        for (const std::string& publication : settings_.publications) {
            const Result found = connection_.query(
                "SELECT coalesce(obj_description(oid, 'pg_publication'), '') FROM pg_publication WHERE pubname = $1",
                {publication});
            if (found.row_count() == 0)
                continue;
            if (found.text(0, 0) != setup_mark)
                plan_.leave("Publication " + sql_identifier(publication) + " stays: setup did not make it.");
            else
                plan_.step("setup made it", "DROP PUBLICATION " + sql_identifier(publication) + ";");
        }
    }

    // Only when no slot needs it any more, and only what ALTER SYSTEM has set.
    void take_plugin_off_the_list() {
        const std::string plugin = slot_ && slot_->type == "logical"           ? slot_->plugin
                                   : settings_.plugin == SlotPlugin::automatic ? plugin_name
                                                                               : name_of(settings_.plugin);
        const Result list = connection_.query(
            "SELECT setting FROM pg_settings WHERE name = 'output_plugin_libraries' AND sourcefile LIKE "
            "'%postgresql.auto.conf'");
        if (plugin == pgoutput_name || list.row_count() == 0)
            return;
        std::vector<std::string> names = parse_name_list(list.text(0, 0));
        if (std::ranges::find(names, plugin) == names.end())
            return;
        const Result others =
            connection_.query("SELECT count(*) FROM pg_replication_slots WHERE plugin = $1 AND slot_name <> $2",
                              {plugin, is_slot_dropped_ ? settings_.slot : std::string()});
        if (others.text(0, 0) != "0")
            return plan_.leave("output_plugin_libraries keeps " + plugin + ": other slots need it.");
        std::erase(names, plugin);
        const bool is_standard = names == std::vector<std::string>{"pgoutput", "test_decoding"};
        plan_.step("no slot needs " + plugin + " any more",
                   is_standard ? "ALTER SYSTEM RESET output_plugin_libraries;" : plugin_list_statement(names));
        plan_.step("it needs no restart", "SELECT pg_reload_conf();");
    }

    void drop_role() {
        const std::string role = sql_identifier(settings_.user);
        const Result found = connection_.query(
            "SELECT coalesce(shobj_description(oid, 'pg_authid'), ''), rolname = current_user FROM "
            "pg_roles WHERE rolname = $1",
            {settings_.user});
        if (found.row_count() == 0)
            return;
        if (found.text(0, 0) != setup_mark)
            return plan_.leave("Role " + role + " and its grants stay: setup did not make it.");
        if (found.text(0, 1) == "t")
            return plan_.leave("Role " + role + " stays: this connection is its own. Run teardown with --as.");
        if (connection_.query(elsewhere_query, {settings_.user}).text(0, 0) != "0")
            return plan_.leave("Role " + role +
                               " stays: it owns objects, or has rights outside of this database. There: DROP "
                               "OWNED BY " +
                               role + ";");
        const Result grants = connection_.query(grants_query, {settings_.user});
        for (int row = 0; row < grants.row_count(); ++row) {
            const std::string kind = grants.text(row, 0);
            const std::string name = kind == "TABLE" ? sql_identifier(grants.text(row, 1), grants.text(row, 2))
                                                     : sql_identifier(grants.text(row, 1));
            plan_.step("so that the role can go", "REVOKE ALL ON " + kind + " " + name + " FROM " + role + ";");
        }
        plan_.step("setup made it", "DROP ROLE " + role + ";");
    }

    Connection& connection_;
    const SourceSettings& settings_;
    const std::optional<ReplicationSlot> slot_;
    bool is_slot_dropped_ = false;
    bool is_slot_in_use_ = false;  // and so are role, publications and plugin
    SetupPlan plan_;
};

}  // namespace

SetupPlan plan_teardown(Connection& connection, const SourceSettings& settings) {
    SetupPlan plan = TeardownPlanner(connection, settings).plan();
    plan.notes.emplace_back("wal_level and the other settings of the server stay: others may need them.");
    return plan;
}

}  // namespace glassflow::postgres
