// What the role may do, and what it may read.
#include <cstdlib>

#include "postgres/preflight/examination.h"
#include "postgres/preflight/grants.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

// pg_has_role() of a role that does not exist is an error, so it is asked for by its oid.
constexpr const char* role_query = R"(
SELECT r.rolreplication, r.rolsuper, r.rolconnlimit, r.rolvaliduntil < now() + interval '7 days',
       coalesce((SELECT bool_or(pg_has_role(r.oid, g.oid, 'MEMBER')) FROM pg_roles g WHERE g.rolname = 'rds_replication'), false),
       r.rolvaliduntil::date
FROM pg_roles r WHERE r.rolname = current_user)";

constexpr int connections_of_a_collector = 4;  // stream, slot watch, reading values again, and a moment's overlap

void tell_what_role_has(Examination& examination, const Result& role) {
    const std::string name = "role \"" + examination.role() + "\"";
    const std::string alter = "ALTER ROLE " + sql_identifier(examination.role());
    bool is_told = false;
    const auto warn = [&](const std::string& found, const Remedy& remedy) {
        examination.warning(Check::role, found, remedy);
        is_told = true;
    };
    if (role.text(0, 1) == "t")
        warn(name + " is a superuser; the collector needs REPLICATION, and SELECT where a sink has toast: reselect",
             {"Give the collector a role of its own: set source.user to its name and run \"glassflow-collector "
              "setup\"."});
    const int limit = std::atoi(role.text(0, 2).c_str());
    if (limit >= 0 && limit < connections_of_a_collector)
        warn(name + " may have " + std::to_string(limit) + " connections only, a collector has up to " +
                 std::to_string(connections_of_a_collector),
             {"As " + std::string(examination.platform().administrator) + ".",
              {alter + " CONNECTION LIMIT " + std::to_string(2 * connections_of_a_collector) + ";"}});
    if (role.value(0, 3).value_or("f") == "t")
        warn("the password of " + name + " is valid until " + role.text(0, 5) + " only",
             {"As " + std::string(examination.platform().administrator) + ", with a date of your choice.",
              {alter + " VALID UNTIL 'infinity';"}});
    if (!is_told)
        examination.ok(Check::role, name + " may use replication");
}

}  // namespace

bool check_role(Examination& examination) {
    const Result role = examination.connection().query(role_query);
    const bool may_replicate = role.text(0, 0) == "t" || role.text(0, 1) == "t" || role.text(0, 4) == "t";
    if (!may_replicate) {
        examination.failed(Check::role, "role \"" + examination.role() + "\" may not use replication",
                           allow_replication(examination.platform(), examination.role()));
        return false;
    }
    if (examination.questions().is_whole)
        tell_what_role_has(examination, role);
    else
        examination.ok(Check::role, "role \"" + examination.role() + "\" may use replication");
    return true;
}

void check_select(Examination& examination) {
    if (!examination.questions().reselects)
        return examination.ok(Check::select, "no sink reads values from the tables");
    const ReadingRights rights =
        reading_rights(examination.connection(), examination.tables(), examination.role(), true);
    if (!rights.unreadable.empty())
        examination.failed(Check::select,
                           "role \"" + examination.role() + "\" may not read " + list_text(rights.unreadable) +
                               ", and toast: reselect has to",
                           {"As the tables' owner, or set toast of the sinks to placeholder or omit.", rights.grants});
    if (!rights.hidden.empty())
        examination.failed(
            Check::select,
            "row security hides rows of " + list_text(rights.hidden) + " from role \"" + examination.role() + "\"",
            {"As " + std::string(examination.platform().administrator) + ".",
             {"ALTER ROLE " + sql_identifier(examination.role()) + " BYPASSRLS;"}});
    if (rights.unreadable.empty() && rights.hidden.empty())
        examination.ok(Check::select,
                       "the " + std::to_string(rights.table_count) + " tables that have large values can be read");
}

}  // namespace glassflow::postgres
