#include "postgres/connection.h"

#include <algorithm>
#include <array>
#include <vector>

namespace glassflow::postgres {

namespace {

// Keywords and values for PQconnectdbParams; the values live as long as this does.
class ConnectionParameters {
public:
    ConnectionParameters(const SourceSettings& settings, Connection::Kind kind)
        :  // libpq counts whole seconds, and takes 1 for 2.
          timeout_s_(std::to_string(std::max<std::int64_t>(2, (settings.connect_timeout.count() + 999) / 1000))) {
        for (const auto& text : settings.hosts) {
            const Host host = parse_host(text).value_or(Host{text});
            hosts_ += (hosts_.empty() ? "" : ",") + std::string(host.name);
            ports_ += (ports_.empty() ? "" : ",") + std::to_string(host.port == 0 ? settings.port : host.port);
        }
        add("host", hosts_);
        add("port", ports_);
        // Several hosts are a primary and its standbys; a standby has the slot only by courtesy.
        session_attrs_ = !settings.target_session_attrs.empty() ? settings.target_session_attrs
                         : settings.hosts.size() > 1            ? "read-write"
                                                                : "";
        add("target_session_attrs", session_attrs_);
        add("user", settings.user);
        add("password", settings.password);
        add("dbname", settings.database);
        add("sslmode", settings.sslmode);
        add("sslrootcert", settings.sslrootcert);
        add("connect_timeout", timeout_s_);
        add("application_name", application_name_);
        add("client_encoding", encoding_);
        // A peer that is gone without a word is noticed within about a minute.
        add("keepalives_idle", keepalives_idle_s_);
        add("keepalives_interval", keepalives_interval_s_);
        add("keepalives_count", keepalives_count_);
        if (kind == Connection::Kind::replication)
            add("replication", replication_);
        keywords_.push_back(nullptr);
        values_.push_back(nullptr);
    }

    const char* const* keywords() const { return keywords_.data(); }
    const char* const* values() const { return values_.data(); }

private:
    void add(const char* keyword, const std::string& value) {
        if (value.empty())
            return;  // libpq's own default: environment, service file, ~/.pgpass
        keywords_.push_back(keyword);
        values_.push_back(value.c_str());
    }

    std::string hosts_;
    std::string ports_;
    std::string session_attrs_;
    const std::string timeout_s_;
    const std::string application_name_ = application_name;
    const std::string encoding_ = "UTF8";
    const std::string keepalives_idle_s_ = "30";
    const std::string keepalives_interval_s_ = "10";
    const std::string keepalives_count_ = "3";
    const std::string replication_ = "database";
    std::vector<const char*> keywords_;
    std::vector<const char*> values_;
};

std::string one_line(const char* message) {
    std::string text = message ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;)
        text.replace(at, 1, "; ");
    return text;
}

// SQLSTATEs after which the same request fails again until a person changes something. Everything else is worth a
// retry: a restart, a full server, a slot whose old walsender has not noticed yet that we are gone.
bool is_permanent(std::string_view sqlstate) {
    static constexpr std::array<std::string_view, 11> permanent = {
        "28000", "28P01",  // authentication
        "3D000",           // no such database
        "42501",           // privilege, plugin not allowed
        "42704",           // no such slot
        "42601", "22023",  // refused options
        "0A000",           // not supported by this server
        "55000",           // slot lost, or made for something else; wal_level
        "58P01",           // plugin library or WAL segment gone
        "42710",           // slot exists already
    };
    return std::find(permanent.begin(), permanent.end(), sqlstate) != permanent.end();
}

// libpq tells no SQLSTATE for a refused connection, and the text is in the server's language. But a ping knows whether
// a server was there and let us talk: then the refusal was about who we are or what we want, not about the network.
bool is_refusal(const ConnectionParameters& parameters, const std::string& message) {
    if (message.find("too many") != std::string::npos ||
        message.find("remaining connection slots") != std::string::npos)
        return false;
    return PQpingParams(parameters.keywords(), parameters.values(), 0) == PQPING_OK;
}

}  // namespace

std::optional<std::string> Result::value(int row, int column) const {
    if (row >= PQntuples(result_.get()) || column >= PQnfields(result_.get()) ||
        PQgetisnull(result_.get(), row, column))
        return std::nullopt;
    return std::string(PQgetvalue(result_.get(), row, column),
                       static_cast<std::size_t>(PQgetlength(result_.get(), row, column)));
}

std::string Result::text(int row, int column) const {
    auto found = value(row, column);
    if (!found)
        throw PostgresError("the server sent no value where one was expected", "", "", false);
    return *found;
}

Connection Connection::open(const SourceSettings& settings, Kind kind) {
    const ConnectionParameters parameters(settings, kind);
    Connection connection(PQconnectdbParams(parameters.keywords(), parameters.values(), 0));
    if (connection.handle() == nullptr)
        throw PostgresError("could not connect to " + describe(settings) + ": out of memory", "", "", true);
    if (PQstatus(connection.handle()) != CONNECTION_OK) {
        const std::string message = one_line(PQerrorMessage(connection.handle()));
        const bool was_refused = is_refusal(parameters, message);
        throw PostgresError("could not connect to " + describe(settings) + ": " + message,
                            was_refused ? connection_refused : "",
                            !was_refused ? "Check source.host and source.port, and that the server is running."
                            : settings.hosts.size() > 1
                                ? "Check that one of the hosts suits source.target_session_attrs, and user, password, "
                                  "database and pg_hba.conf there."
                                : "Check user, password, database and pg_hba.conf of the server.",
                            !was_refused);
    }
    return connection;
}

Result Connection::query(const char* statement, std::initializer_list<std::string_view> parameters) {
    return query(statement, std::vector<std::string>(parameters.begin(), parameters.end()));
}

Result Connection::query(const char* statement, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const auto& parameter : parameters)
        values.push_back(parameter.c_str());
    Result result(nullptr);
    PGresult* raw =
        PQexecParams(handle(), statement, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0);
    result = Result(raw);
    const ExecStatusType status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw result_error(raw, "");
    return result;
}

Result Connection::command(const std::string& text) {
    PGresult* raw = PQexec(handle(), text.c_str());
    Result result(raw);
    const ExecStatusType status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw result_error(raw, "");
    return result;
}

PostgresError Connection::last_error(const std::string& what_failed) const {
    return {what_failed + ": " + one_line(PQerrorMessage(handle())), "", "", true};
}

PostgresError Connection::result_error(const PGresult* result, const std::string& what_failed) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char* hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    std::string text = what_failed.empty() ? "" : what_failed + ": ";
    text += one_line(primary ? primary : PQresultErrorMessage(result));
    if (detail)
        text += " (" + one_line(detail) + ")";
    const std::string sqlstate = state ? state : "";
    return {text, sqlstate, hint ? one_line(hint) : "", !is_permanent(sqlstate)};
}

std::string describe(const SourceSettings& settings) {
    std::string hosts;
    for (const auto& text : settings.hosts) {
        const bool has_port = parse_host(text).value_or(Host{}).port != 0;
        hosts += (hosts.empty() ? "" : ",") + text + (has_port ? "" : ":" + std::to_string(settings.port));
    }
    return (hosts.empty() ? "the default host" : hosts) + "/" + settings.database;
}

namespace {
std::string quote(std::string_view text, char mark) {
    std::string quoted(1, mark);
    for (const char c : text) {
        if (c == mark)
            quoted += mark;
        quoted += c;
    }
    return quoted + mark;
}
}  // namespace

std::string quote_literal(std::string_view text) {
    return quote(text, '\'');
}

std::string quote_identifier(std::string_view text) {
    return quote(text, '"');
}

}  // namespace glassflow::postgres
