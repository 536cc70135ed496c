// The order matters: the role before its grants, settings before the slot that needs them, the publication before the
// slot that decodes by it.
#include "postgres/setup/setup_plan.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "postgres/preflight.h"
#include "postgres/preflight/grants.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/platform.h"
#include "postgres/preflight/publications.h"
#include "postgres/preflight/sql_identifier.h"
#include "postgres/replication_slot.h"
#include "postgres/table_catalog.h"

namespace glassflow::postgres {

namespace {

constexpr int failover_slots_version_num = 170000;

class SetupPlanner {
public:
    SetupPlanner(Connection& connection, const SourceSettings& settings, const SetupWishes& wishes)
        : connection_(connection),
          settings_(settings),
          wishes_(wishes),
          platform_(detect_platform(connection)),
          slot_(find_slot(connection, settings.slot)) {}

    SetupPlan plan() {
        is_role_there_ =
            connection_.query("SELECT 1 FROM pg_roles WHERE rolname = $1", {settings_.user}).row_count() != 0;
        tables_ = read_tables();
        add_role();
        add_grants();
        add_server_settings();
        add_plugin();
        add_publications();
        add_slot();
        return std::move(plan_);
    }

private:
    std::string role() const { return sql_identifier(settings_.user); }
    std::string plugin() const {
        if (slot_ && slot_->type == "logical")
            return slot_->plugin;
        return settings_.plugin == SlotPlugin::automatic ? plugin_name : name_of(settings_.plugin);
    }
    std::string setting(const char* name) {
        return connection_.query("SELECT current_setting($1, true)", {std::string_view(name)}).value(0, 0).value_or("");
    }

    // Only those who ask for rows need to know which tables there are.
    std::vector<TableDescription> read_tables() {
        if (!wishes_.reselects && plugin() != pgoutput_name)
            return {};
        return read_table_catalog(connection_, settings_.tables, settings_.exclude_tables).tables;
    }

    void add_role() {
        if (!is_role_there_) {
            if (platform_.is_managed())
                plan_.step("the role that the collector connects as", "CREATE ROLE " + role() + " LOGIN;");
            else
                plan_.step("the role that the collector connects as", "CREATE ROLE " + role() + " LOGIN REPLICATION;");
            plan_.step("by which teardown knows it", "COMMENT ON ROLE " + role() + " IS '" + setup_mark + "';");
        }
        add_password();
        if (is_role_there_ ? !may_replicate() : platform_.is_managed()) {
            for (const std::string& statement : allow_replication(platform_, settings_.user).sql)
                plan_.step("so that it may use replication", statement);
        }
        if (is_role_there_ &&
            connection_.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", {settings_.user}).text(0, 0) !=
                "t")
            plan_.step("so that it may log in", "ALTER ROLE " + role() + " LOGIN;");
    }

    bool may_replicate() {
        return connection_
                   .query(
                       "SELECT r.rolreplication OR r.rolsuper OR coalesce((SELECT bool_or(pg_has_role(r.oid, g.oid, "
                       "'MEMBER')) FROM pg_roles g WHERE g.rolname = 'rds_replication'), false) FROM pg_roles r "
                       "WHERE r.rolname = $1",
                       {settings_.user})
                   .text(0, 0) == "t";
    }

    // The server gets a verifier, made here: neither its log nor its process list ever has the password.
    void add_password() {
        if (is_role_there_ && !wishes_.is_password_set)
            return;
        if (wishes_.password.empty()) {
            plan_.notes.push_back("Role " + role() +
                                  " gets no password, because source.password is empty: set one with "
                                  "\\password in psql if pg_hba.conf asks for it.");
            return;
        }
        const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
            PQencryptPasswordConn(connection_.handle(), wishes_.password.c_str(), settings_.user.c_str(),
                                  "scram-sha-256"),
            &PQfreemem);
        if (!verifier)
            throw connection_.last_error("could not make a verifier of the password");
        plan_.steps.push_back({"its password is that of source.password, of which the server gets a SCRAM verifier",
                               "ALTER ROLE " + role() + " PASSWORD " + quote_literal(verifier.get()) + ";",
                               "\\password " + role()});
    }

    void add_grants() {
        const bool may_connect = connection_
                                     .query("SELECT has_database_privilege($1, current_database(), 'CONNECT')",
                                            {is_role_there_ ? settings_.user : "public"})
                                     .text(0, 0) == "t";
        if (!may_connect)
            plan_.step("so that it may connect",
                       "GRANT CONNECT ON DATABASE " + sql_identifier(settings_.database) + " TO " + role() + ";");
        if (!wishes_.reselects)
            return;
        for (const std::string& grant : reading_rights(connection_, tables_, settings_.user, is_role_there_).grants)
            plan_.step("a sink has toast: reselect", grant);
    }

    void add_setting(const char* name, const Remedy& remedy) {
        if (remedy.sql.empty())
            return plan_.leave(remedy.advice);
        for (const std::string& statement : remedy.sql)
            plan_.step(std::string(name) + " is " + setting(name), statement);
        plan_.leave("Restart the server, so that " + std::string(name) + " takes effect, and run setup again.");
    }

    void add_server_settings() {
        can_decode_ = setting("wal_level") == "logical";
        if (!can_decode_)
            add_setting("wal_level", enable_logical_decoding(platform_));
        const int slot_limit = std::atoi(setting("max_replication_slots").c_str());
        const int slots = std::atoi(connection_.query("SELECT count(*) FROM pg_replication_slots").text(0, 0).c_str());
        has_room_ = slot_.has_value() || slots < slot_limit;
        if (!has_room_)
            add_setting("max_replication_slots",
                        change_setting(platform_, "max_replication_slots", std::to_string(slots + 10), true));
        const int senders = std::atoi(connection_.query("SELECT count(*) FROM pg_stat_replication").text(0, 0).c_str());
        const int sender_limit = std::atoi(setting("max_wal_senders").c_str());
        if (senders >= sender_limit && !(slot_ && slot_->is_active))
            add_setting("max_wal_senders",
                        change_setting(platform_, "max_wal_senders", std::to_string(sender_limit + 10), true));
    }

    // Only whoever may see the list can change it; elsewhere the platform decides.
    void add_plugin() {
        constexpr const char* insufficient_privilege = "42501";
        if (platform_.is_managed())
            return;
        std::optional<std::string> list;
        try {
            list = connection_.query("SELECT current_setting('output_plugin_libraries', true)").value(0, 0);
        } catch (const PostgresError& error) {
            if (error.sqlstate() != insufficient_privilege)
                throw;
            return plan_.leave("Whether " + plugin() +
                               " is on output_plugin_libraries can be seen and changed by a superuser "
                               "only: run setup with --as.");
        }
        if (!list)
            return;  // a server without such a list
        std::vector<std::string> names = parse_name_list(*list);
        if (std::ranges::find(names, plugin()) != names.end())
            return;
        names = repaired(names);
        names.push_back(plugin());
        plan_.step(
            "output_plugin_libraries is " + (list->empty() ? "empty" : *list) + "; a list without quotes around it",
            plugin_list_statement(names));
        plan_.step("it needs no restart", "SELECT pg_reload_conf();");
        plan_.step("the server reads it in the background", "SELECT pg_sleep(1);");
    }

    // A list that was set as one quoted string is taken apart.
    static std::vector<std::string> repaired(const std::vector<std::string>& names) {
        std::vector<std::string> whole;
        for (const std::string& name : names) {
            for (const std::string& part :
                 parse_name_list(name.find(',') == std::string::npos ? sql_identifier(name) : name)) {
                if (std::ranges::find(whole, part) == whole.end())
                    whole.push_back(part);
            }
        }
        return whole;
    }

    void add_publications() {
        if (plugin() != pgoutput_name)
            return;
        if (settings_.publications.empty())
            return plan_.leave(
                "pgoutput sends what publications name: set source.publications, for example to [glassflow].");
        bool is_one_made = false;
        for (const std::string& publication : settings_.publications) {
            if (is_publication(connection_, publication))
                continue;
            const std::string name = sql_identifier(publication);
            if (settings_.tables.empty()) {
                plan_.step("pgoutput sends what publications name; source.tables is empty",
                           "CREATE PUBLICATION " + name + " FOR ALL TABLES;");
            } else if (tables_.empty()) {
                plan_.leave("Publication " + name + " is not made: source.tables names no table yet.");
                continue;
            } else {
                plan_.step("pgoutput sends what publications name",
                           "CREATE PUBLICATION " + name + " FOR TABLE " + table_list(tables_) + ";");
            }
            plan_.step("by which teardown knows it", "COMMENT ON PUBLICATION " + name + " IS '" + setup_mark + "';");
            is_one_made = true;
        }
        if (is_one_made || settings_.tables.empty())
            return;
        const auto missing = unpublished(connection_, settings_.publications, tables_);
        if (!missing.empty())
            plan_.step("source.tables names tables that no publication has",
                       "ALTER PUBLICATION " + sql_identifier(settings_.publications.front()) + " ADD TABLE " +
                           table_list(missing) + ";");
    }

    void add_slot() {
        if (slot_) {
            if (slot_->is_lost())
                plan_.leave("Slot \"" + slot_->name + "\" is lost; \"glassflow-collector check\" says what to do.");
            return;
        }
        if (!can_decode_ || !has_room_)
            return;  // after the restart
        const bool is_failover =
            settings_.hosts.size() > 1 && connection_.server_version_num() >= failover_slots_version_num;
        plan_.step("from now on the server keeps its write-ahead log until the collector has delivered it",
                   "SELECT pg_create_logical_replication_slot(" + quote_literal(settings_.slot) + ", " +
                       quote_literal(plugin()) + (is_failover ? ", false, false, true" : "") + ");");
    }

    Connection& connection_;
    const SourceSettings& settings_;
    const SetupWishes& wishes_;
    const Platform& platform_;
    const std::optional<ReplicationSlot> slot_;
    bool is_role_there_ = false;
    bool can_decode_ = false;
    bool has_room_ = false;
    std::vector<TableDescription> tables_;
    SetupPlan plan_;
};

}  // namespace

SetupPlan plan_setup(Connection& connection, const SourceSettings& settings, const SetupWishes& wishes) {
    return SetupPlanner(connection, settings, wishes).plan();
}

}  // namespace glassflow::postgres
