// One run of the preflight: what every check may ask, and where each tells what it found.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres/connection.h"
#include "postgres/preflight.h"
#include "postgres/preflight/finding.h"
#include "postgres/preflight/platform.h"
#include "postgres/replication_slot.h"
#include "postgres/settings.h"
#include "postgres/table_description.h"

namespace glassflow::postgres {

class Examination {
public:
    Examination(Connection connection, const SourceSettings& settings, const PreflightQuestions& questions,
                std::vector<Finding>& findings);

    Connection& connection() { return connection_; }
    int version_num() const { return connection_.server_version_num(); }
    const SourceSettings& settings() const { return settings_; }
    const PreflightQuestions& questions() const { return questions_; }
    const Platform& platform() const { return *platform_; }
    const std::string& role() const { return role_; }  // that we are connected as
    bool is_in_recovery() const { return is_in_recovery_; }
    const std::optional<ReplicationSlot>& slot() const { return slot_; }
    // That of the slot; of a slot that is still to be made: the one that is asked for, else ours.
    std::string plugin() const;
    // What the patterns of source.tables name.
    const std::vector<TableDescription>& tables() const { return tables_; }
    void set_tables(std::vector<TableDescription> tables) { tables_ = std::move(tables); }

    // Of our plugin: told once, whoever finds it out.
    bool are_options_refused() const { return are_options_refused_; }
    void refuse_options(std::string found, Remedy remedy) {
        are_options_refused_ = true;
        failed(Check::plugin_options, std::move(found), std::move(remedy));
    }

    // The setting as this session has it, and a walsender of this role would; nullopt when the server does not know it.
    std::optional<std::string> setting(const std::string& name);

    void ok(Check check, std::string found);
    void warning(Check check, std::string found, Remedy remedy);
    void failed(Check check, std::string found, Remedy remedy);
    void unknown(Check check, std::string found, Remedy remedy);

private:
    Connection connection_;
    const SourceSettings& settings_;
    const PreflightQuestions& questions_;
    std::vector<Finding>& findings_;
    const Platform* platform_;
    std::string role_;
    bool is_in_recovery_ = false;
    std::optional<ReplicationSlot> slot_;
    std::vector<TableDescription> tables_;
    bool are_options_refused_ = false;
};

// The looks, by subject; each tells at least one finding unless it says otherwise. All throw PostgresError.

// connection_checks.cpp
void check_tls(Examination& examination);
void check_replication_connection(Examination& examination);
// server_checks.cpp. False: the rest means nothing on such a server.
bool check_server_version(Examination& examination);
bool check_wal_level(Examination& examination);
void check_capacity(Examination& examination);
Remedy room_for_slots(Examination& examination);
void check_wal_sender_timeout(Examination& examination);
// role_checks.cpp. False: the role may not look at slots.
bool check_role(Examination& examination);
void check_select(Examination& examination);
// plugin_checks.cpp
void check_plugin(Examination& examination);
// slot_checks.cpp
void check_slot(Examination& examination);
void check_plugin_options(Examination& examination);  // nothing when nothing is asked for
void check_publications(Examination& examination);    // nothing for plugins without
// standby_checks.cpp; nothing on a primary
void check_standby(Examination& examination);
// table_checks.cpp
void check_tables(Examination& examination);
// disk_checks.cpp
void check_slot_limit(Examination& examination);
void check_other_slots(Examination& examination);
void check_decoding_memory(Examination& examination);

}  // namespace glassflow::postgres
