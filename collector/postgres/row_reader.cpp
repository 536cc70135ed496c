#include "postgres/row_reader.h"

#include <sys/socket.h>

#include <algorithm>

namespace glassflow::postgres {

namespace {

constexpr const char* undefined_table = "42P01";
constexpr const char* undefined_column = "42703";
constexpr const char* insufficient_privilege = "42501";
constexpr int max_changes = 5;                     // of a table, while it is asked for
constexpr std::string_view data_exception = "22";  // class of errors whose text quotes the value

// Text comes in the style that values of the stream have, names mean what they say, and nothing can be written or wait
// for ever. Row security is an error: a row that may not be seen is not one that is gone.
constexpr const char* prepare_session =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ('search_path', 'pg_catalog'), ('DateStyle', "
    "'ISO'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'), ('extra_float_digits', "
    "'1'), ('default_transaction_read_only', 'on'), ('statement_timeout', '30s'), ('lock_timeout', '10s'), "
    "('row_security', 'off'), ('quote_all_identifiers', 'off')) AS settings (name, value)";

std::string qualified(const RowRequest& request) {
    return quote_identifier(request.schema) + "." + quote_identifier(request.table);
}

// SELECT p.n, t."body" FROM (VALUES (0, $1::bigint), (1, $2)) AS p (n, k0) JOIN "s"."t" AS t ON t."id" = p.k0
std::string statement_for(const RowRequest& request) {
    std::string text = "SELECT p.n";
    for (const std::string& column : request.columns)
        text += ", t." + quote_identifier(column);
    text += " FROM (VALUES ";
    std::size_t parameter = 1;
    for (std::size_t row = 0; row < request.keys.size(); ++row) {
        text += (row == 0 ? "(" : ", (") + std::to_string(row);
        for (const RowRequest::KeyColumn& column : request.key)
            text += ", $" + std::to_string(parameter++) + "::" + column.type;
        text += ")";
    }
    text += ") AS p (n";
    for (std::size_t i = 0; i < request.key.size(); ++i)
        text += ", k" + std::to_string(i);
    text += ") JOIN " + qualified(request) + " AS t ON ";
    for (std::size_t i = 0; i < request.key.size(); ++i)
        text += (i == 0 ? "t." : " AND t.") + quote_identifier(request.key[i].name) + " = p.k" + std::to_string(i);
    return text;
}

PostgresError without_row_data(const PostgresError& error) {
    if (!error.sqlstate().starts_with(data_exception))
        return error;
    return {"the server does not take the key of a row (SQLSTATE " + error.sqlstate() + ")", error.sqlstate(), "",
            false};
}

}  // namespace

// The table may be altered while it is asked for: it is asked again as it is then, a few times.
std::vector<CurrentRow> RowReader::read(const RowRequest& request) {
    RowRequest current = request;
    for (int changes = 0;; ++changes) {
        try {
            return changes == 0 ? query(current) : query_what_is_left(current);
        } catch (const PostgresError& error) {
            const bool is_altered = error.sqlstate() == undefined_table || error.sqlstate() == undefined_column;
            if (is_altered && changes < max_changes) {
                auto other = renamed(current);
                if (!other)
                    return std::vector<CurrentRow>(request.keys.size());
                current = std::move(*other);
                continue;
            }
            const PostgresError told = explained(error, current);
            disconnect();
            throw told;
        }
    }
}

// What a person can mend is told with how.
PostgresError RowReader::explained(const PostgresError& error, const RowRequest& request) {
    if (error.sqlstate() != insufficient_privilege)
        return without_row_data(error);
    const std::string table = qualified(request);
    const Result result = connection().query(
        "SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.row_security_active(c.oid), "
        "pg_catalog.quote_ident(CURRENT_USER) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
        "c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
        std::vector<std::string>{request.schema, request.table});
    const bool is_row_security = result.row_count() > 0 && result.text(0, 0) == "t";
    return {"could not read unchanged values of table " + table + ": " + error.what(), error.sqlstate(),
            (is_row_security ? "Row level security hides rows from the collector's role: ALTER ROLE " +
                                   result.text(0, 1) + " BYPASSRLS"
                             : "GRANT SELECT ON " + table + " TO the collector's role (and USAGE ON its SCHEMA)") +
                ", or set the sink's toast to placeholder or omit.",
            false};
}

std::vector<CurrentRow> RowReader::query(const RowRequest& request) {
    std::vector<std::string> parameters;
    for (const auto& key : request.keys)
        parameters.insert(parameters.end(), key.begin(), key.end());
    const Result result = connection().query(statement_for(request).c_str(), parameters);
    std::vector<CurrentRow> rows(request.keys.size());
    for (int i = 0; i < result.row_count(); ++i) {
        CurrentRow& row = rows.at(std::stoul(result.text(i, 0)));
        row.is_there = true;
        for (std::size_t column = 0; column < request.columns.size(); ++column)
            row.values.push_back(result.value(i, static_cast<int>(column) + 1));
    }
    return rows;
}

// Of a table that lost columns.
std::vector<CurrentRow> RowReader::query_what_is_left(const RowRequest& request) {
    const std::vector<TableColumn> columns = this->columns(request.schema, request.table);
    const auto is_there = [&](const std::string& name) {
        return std::ranges::find(columns, name, &TableColumn::name) != columns.end();
    };
    if (!std::ranges::all_of(request.key, is_there, &RowRequest::KeyColumn::name))
        return {request.keys.size(),
                CurrentRow{.is_there = true,
                           .values = std::vector<std::optional<std::string>>(request.columns.size()),
                           .is_vanished = std::vector<bool>(request.columns.size(), true)}};
    RowRequest left = request;
    std::erase_if(left.columns, [&](const std::string& name) { return !is_there(name); });
    std::vector<CurrentRow> rows = query(left);
    for (CurrentRow& row : rows) {
        if (!row.is_there)
            continue;
        std::vector<std::optional<std::string>> values;
        auto next = row.values.begin();
        for (const std::string& name : request.columns) {
            row.is_vanished.push_back(!is_there(name));
            values.push_back(row.is_vanished.back() ? std::nullopt : std::move(*next++));
        }
        row.values = std::move(values);
    }
    return rows;
}

std::vector<TableColumn> RowReader::columns(const std::string& schema, const std::string& table) {
    try {
        const Result result = connection().query(
            "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, a.attnotnull FROM "
            "pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped "
            "AND a.attgenerated <> 'v' ORDER BY a.attnum",
            std::vector<std::string>{schema, table});
        std::vector<TableColumn> columns;
        for (int i = 0; i < result.row_count(); ++i)
            columns.push_back({.name = result.text(i, 0),
                               .type = result.text(i, 1),
                               .type_oid = static_cast<std::uint32_t>(std::stoul(result.text(i, 2))),
                               .is_not_null = result.text(i, 3) == "t"});
        return columns;
    } catch (const PostgresError&) {
        disconnect();
        throw;
    }
}

std::optional<RowRequest> RowReader::renamed(const RowRequest& request) {
    const Result result = connection().query(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
        "c.relnamespace WHERE c.oid = $1::pg_catalog.oid",
        std::vector<std::string>{std::to_string(request.table_oid)});
    if (result.row_count() == 0)
        return std::nullopt;
    RowRequest other = request;
    other.schema = result.text(0, 0);
    other.table = result.text(0, 1);
    return other;
}

Connection& RowReader::connection() {
    {
        std::lock_guard lock(mutex_);
        if (is_closed_)
            throw PostgresError("reading was given up", "", "", false);
    }
    if (!connection_) {
        Connection fresh = Connection::open(settings_, Connection::Kind::sql);
        fresh.command(prepare_session);
        connection_ = std::move(fresh);
        std::lock_guard lock(mutex_);
        socket_ = connection_->socket();
        if (is_closed_)
            ::shutdown(socket_, SHUT_RDWR);
    }
    return *connection_;
}

void RowReader::disconnect() {
    {
        std::lock_guard lock(mutex_);
        socket_ = -1;
    }
    connection_.reset();
}

void RowReader::close() {
    std::lock_guard lock(mutex_);
    is_closed_ = true;
    if (socket_ >= 0)
        ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace glassflow::postgres
