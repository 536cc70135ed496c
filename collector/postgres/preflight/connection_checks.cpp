// What can be said of a connection that stands. Why one does not is for preflight.cpp.
#include <cstdlib>

#include "postgres/preflight/examination.h"

namespace glassflow::postgres {

namespace {

bool is_socket(const std::string& host) {
    return host.empty() || host.front() == '/' || host.front() == '@';
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

void check_tls(Examination& examination) {
    PGconn* const handle = examination.connection().handle();
    const std::string host = PQhost(handle) == nullptr ? "" : PQhost(handle);
    if (is_socket(host))
        return examination.ok(Check::tls, "a socket of this machine needs no TLS");
    const std::string mode = examination.settings().sslmode;
    if (PQsslInUse(handle) == 0) {
        if (is_loopback(host))
            return examination.ok(Check::tls, "a connection within this machine needs no TLS");
        return examination.warning(
            Check::tls, "the connection to " + host + " is not encrypted",
            {"If the server has no certificate yet, it needs one and ssl = on.", {}, {"source.sslmode: verify-full"}});
    }
    const char* const version = PQsslAttribute(handle, "protocol");
    const std::string how = std::string("encrypted with ") + (version == nullptr ? "TLS" : version);
    if (mode == "verify-full" || (mode == "verify-ca" && is_loopback(host)))
        return examination.ok(Check::tls, how + ", certificate checked");
    if (is_loopback(host))
        return examination.ok(Check::tls, how);
    examination.warning(
        Check::tls,
        "the connection to " + host + " is " + how + ", but " +
            (mode == "verify-ca" ? "not that it is this host" : "the server's certificate is not checked"),
        {"The authority that signed the certificate goes into source.sslrootcert.",
         {},
         {"source.sslmode: verify-full"}});
}

void check_replication_connection(Examination& examination) {
    try {
        Connection connection = Connection::open(examination.settings(), Connection::Kind::replication);
        connection.command("IDENTIFY_SYSTEM");
        examination.ok(Check::replication_connection, "a replication connection can be opened");
    } catch (const PostgresError& error) {
        const std::string what = error.what();
        if (what.find("max_wal_senders") != std::string::npos)
            return examination.failed(
                Check::replication_connection, "no walsender is free: " + what,
                change_setting(
                    examination.platform(), "max_wal_senders",
                    std::to_string(std::atoi(examination.setting("max_wal_senders").value_or("0").c_str()) + 10),
                    true));
        examination.failed(Check::replication_connection, "no replication connection can be opened: " + what,
                           {remedy_for(error, examination.settings())});
    }
}

}  // namespace glassflow::postgres
