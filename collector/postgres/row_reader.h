// What a stream leaves out and a table tells: keys of rows -> what some of their columns hold now, as text; a table ->
// its columns. One query per request, on a connection of its own that can do nothing but read.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "postgres/connection.h"
#include "postgres/settings.h"

namespace glassflow::postgres {

struct RowRequest {
    struct KeyColumn {
        std::string name;
        std::string type;  // as format_type() with search_path = pg_catalog prints it
    };
    std::uint32_t table_oid = 0;
    std::string schema;
    std::string table;
    std::vector<KeyColumn> key;
    std::vector<std::string> columns;            // what to read
    std::vector<std::vector<std::string>> keys;  // a text per key column, as Postgres prints it
};

// A value per column that was asked for, nullopt for NULL, as Postgres prints it under DateStyle = ISO, IntervalStyle =
// postgres, TimeZone = UTC, bytea_output = hex, extra_float_digits = 1.
struct CurrentRow {
    bool is_there = false;  // else no row has the key now, or there is no table any more
    std::vector<std::optional<std::string>> values;
    // Per column that was asked for, when there is one that the table does not have any more: nothing is known of its
    // values, nor of any other's when it is a column of the key.
    std::vector<bool> is_vanished;
};

struct TableColumn {
    std::string name;
    std::string type;  // as format_type() prints it
    std::uint32_t type_oid = 0;
    bool is_not_null = false;
};

class RowReader {
public:
    explicit RowReader(const SourceSettings& settings) : settings_(settings) {}  // borrowed

    // A row per key, in their order. Connects when there is no connection. Throws PostgresError, and has no connection
    // then; no text of an error tells what is in a row.
    std::vector<CurrentRow> read(const RowRequest& request);

    // The columns that a table has now, in their order and without virtual ones; none when there is no such table.
    // Connects and throws as read() does.
    std::vector<TableColumn> columns(const std::string& schema, const std::string& table);

    // From any thread: a read under way fails at once, and so does every later one.
    void close();

private:
    std::vector<CurrentRow> query(const RowRequest& request);
    std::vector<CurrentRow> query_what_is_left(const RowRequest& request);
    std::optional<RowRequest> renamed(const RowRequest& request);
    PostgresError explained(const PostgresError& error, const RowRequest& request);
    Connection& connection();
    void disconnect();

    const SourceSettings& settings_;
    std::optional<Connection> connection_;
    std::mutex mutex_;  // of what follows
    int socket_ = -1;   // of connection_
    bool is_closed_ = false;
};

}  // namespace glassflow::postgres
