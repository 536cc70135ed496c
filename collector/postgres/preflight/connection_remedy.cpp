// libpq tells no SQLSTATE of a refused connection, so its words are looked at. Those of the server are in the server's
// language: where none is known, what connection.cpp says holds. Names stay what they are in every language, but they
// come from the other side, and go into a remedy only quoted or when nothing in them can be more than a name.
#include "postgres/preflight/connection_remedy.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "postgres/preflight.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

constexpr int connections_of_a_role = 8;  // two collectors, see role_checks.cpp

bool tells(std::string_view what, std::string_view words) {
    return what.find(words) != std::string_view::npos;
}

// The first text in double quotes after mark.
std::string quoted_after(std::string_view text, std::string_view mark) {
    const std::size_t begin = text.find('"', std::min(text.find(mark), text.size()));
    if (begin == std::string_view::npos)
        return {};
    const std::size_t end = text.find('"', begin + 1);
    return end == std::string_view::npos ? std::string() : std::string(text.substr(begin + 1, end - begin - 1));
}

Remedy admit(std::string_view what, const SourceSettings& settings) {
    const std::string host = quoted_after(what, "pg_hba.conf");
    const std::string who = quote_identifier(settings.database) + " " +
                            (settings.user.empty() ? "ROLE" : quote_identifier(settings.user)) + " ";
    const std::string line = host == "[local]" || host.empty()
                                 ? "local " + who
                                 : "host " + who + host + (host.find(':') == std::string::npos ? "/32 " : "/128 ");
    Remedy remedy{
        "Put this line into the server's pg_hba.conf, before lines that match more (on a managed server allow the "
        "address in its network rules): " +
            line + "scram-sha-256",
        {"SELECT pg_reload_conf();"}};
    if (settings.sslmode == "disable") {
        remedy.advice =
            "If the server takes encrypted connections only, let source.sslmode ask for one. Else: " + remedy.advice;
        remedy.settings = {"source.sslmode: require"};
    }
    return remedy;
}

// A certificate may have any name in it; what is no name of a host is not repeated as one.
bool is_host_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

Remedy name_host(std::string_view what, const SourceSettings& settings) {
    Remedy remedy{
        "source.host must be a name that the server's certificate was made for, and lead to this server; or have a "
        "certificate made for the name that is set."};
    const std::string name = quoted_after(what, "certificate for ");
    if (settings.hosts.size() == 1 && is_host_name(name)) {
        const std::uint16_t port = parse_host(settings.hosts.front()).value_or(Host{}).port;
        remedy.settings = {"source.host: " + name + (port == 0 ? "" : ":" + std::to_string(port))};
    }
    return remedy;
}

Remedy certificate_remedy(std::string_view what, const SourceSettings& settings) {
    if (tells(what, "client certificate"))
        return {
            "The server wants a certificate of the client: put it where libpq looks for it, "
            "~/.postgresql/postgresql.crt and postgresql.key, or PGSSLCERT and PGSSLKEY."};
    if (tells(what, "host name"))
        return name_host(what, settings);
    if (tells(what, "sslrootcert") || tells(what, "root certificate") || tells(what, "root.crt"))
        return {"Set source.sslrootcert to the file with the certificate of the authority that signed the server's."};
    return {
        "source.sslrootcert must have the certificate of the authority that signed the server's, and neither may have "
        "expired: openssl s_client -starttls postgres -connect HOST:PORT shows what the server sends."};
}

Remedy role_remedy(const PostgresError& error, const SourceSettings& settings) {
    const std::string_view what = error.what();
    const std::string role = sql_identifier(quoted_after(what, " role "));
    if (tells(what, "does not exist"))
        return {"As superuser; \"glassflow-collector setup --as postgres\" does it, too.",
                {"CREATE ROLE " + role + " LOGIN REPLICATION;"}};
    if (tells(what, "not permitted to log in"))
        return {"As superuser.", {"ALTER ROLE " + role + " LOGIN;"}};
    if (tells(what, "too many connections"))
        return {"As superuser. A collector has up to four connections.",
                {"ALTER ROLE " + role + " CONNECTION LIMIT " + std::to_string(connections_of_a_role) + ";"}};
    return {remedy_for(error, settings)};
}

}  // namespace

Remedy connection_remedy(const PostgresError& error, const SourceSettings& settings) {
    const std::string_view what = error.what();
    if (tells(what, "pg_hba.conf"))
        return admit(what, settings);
    if (tells(what, "certificate") || tells(what, "root.crt"))
        return certificate_remedy(what, settings);
    if (tells(what, "SSL") && error.sqlstate() != connection_refused)
        return {"The server and source.sslmode do not agree: switch ssl on at the server, or set source.sslmode."};
    if (tells(what, " role \""))
        return role_remedy(error, settings);
    if (tells(what, "permission denied for database"))
        return {"As the database's owner or a superuser.",
                {"GRANT CONNECT ON DATABASE " + sql_identifier(quoted_after(what, "for database")) + " TO " +
                 (settings.user.empty() ? "PUBLIC" : sql_identifier(settings.user)) + ";"}};
    if (tells(what, "database \"") && tells(what, "does not exist"))
        return {"Set source.database to a database of this server; psql --list shows them."};
    if (tells(what, "password"))
        return {
            "Set source.password_file, or source.password, to the password of the role; in psql, \\password with the "
            "role's name gives it another. A role that is not there may be refused in the same words: "
            "\"glassflow-collector setup --as postgres\" makes it."};
    if (tells(what, "too many clients") || tells(what, "remaining connection slots"))
        return {"Raise max_connections of the server, or end connections that nobody needs (see pg_stat_activity)."};
    return {remedy_for(error, settings)};
}

}  // namespace glassflow::postgres
