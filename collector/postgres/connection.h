// A connection to Postgres: opens it, runs statements, and turns libpq's failures into errors that say whether trying
// again can help.
#pragma once

#include <libpq-fe.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/settings.h"

namespace glassflow::postgres {

// SQLSTATE that stands for any refusal of a connection by a server that was there: libpq does not tell the real one.
inline constexpr const char* connection_refused = "08004";

// What our connections call themselves; a collector knows another by it.
inline constexpr const char* application_name = "glassflow-collector";

class PostgresError : public std::runtime_error {
public:
    PostgresError(const std::string& what, std::string sqlstate, std::string hint, bool is_retryable)
        : std::runtime_error(what),
          sqlstate_(std::move(sqlstate)),
          hint_(std::move(hint)),
          is_retryable_(is_retryable) {}

    const std::string& sqlstate() const { return sqlstate_; }  // empty when the server did not say one
    const std::string& hint() const { return hint_; }          // a full sentence, may be empty
    // A later try may succeed without anybody changing anything (network, restart, slot still in use).
    bool is_retryable() const { return is_retryable_; }

private:
    std::string sqlstate_;
    std::string hint_;
    bool is_retryable_;
};

// Rows of text; NULL is nullopt.
class Result {
public:
    explicit Result(PGresult* result) : result_(result, &PQclear) {}

    int row_count() const { return PQntuples(result_.get()); }
    std::optional<std::string> value(int row, int column) const;
    // The value, or an error when it is NULL or absent: for columns that are never NULL.
    std::string text(int row, int column) const;

private:
    std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

class Connection {
public:
    enum class Kind { sql, replication };

    // Throws PostgresError. Waits at most settings.connect_timeout.
    static Connection open(const SourceSettings& settings, Kind kind);

    // Runs one statement with $1... parameters; only for connections of kind sql.
    Result query(const char* statement, std::initializer_list<std::string_view> parameters = {});
    Result query(const char* statement, const std::vector<std::string>& parameters);
    // Runs a command that returns rows or nothing: replication commands, and SQL on either kind of connection (a
    // walsender knows no parameters).
    Result command(const std::string& text);

    PGconn* handle() const { return connection_.get(); }
    int server_version_num() const { return PQserverVersion(connection_.get()); }  // 150020 is 15.20
    // For shutting down from another thread, so that a statement under way fails at once.
    int socket() const { return PQsocket(connection_.get()); }
    // The error of the last call on this connection.
    PostgresError last_error(const std::string& what_failed) const;
    static PostgresError result_error(const PGresult* result, const std::string& what_failed);

private:
    explicit Connection(PGconn* connection) : connection_(connection, &PQfinish) {}

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// "host:port/database" for messages; no secrets.
std::string describe(const SourceSettings& settings);

// text as an SQL string literal or identifier for the replication grammar, which knows no escape strings.
std::string quote_literal(std::string_view text);
std::string quote_identifier(std::string_view text);

}  // namespace glassflow::postgres
