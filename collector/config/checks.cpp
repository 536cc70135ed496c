// Rules of the world outside: Postgres for slots and names, URLs for what curl and the request line would do with them.
#include "config/checks.h"

#include <algorithm>
#include <charconv>

namespace glassflow::config {
namespace {

constexpr std::string_view lower_alnum_underscore = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

bool consists_of(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

struct UrlParts {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
};

UrlParts split_url(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = url.substr(scheme_end + 3);
    const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    return {url.substr(0, scheme_end), rest.substr(0, authority_end), rest.substr(authority_end)};
}

// "host", "host:80", "[::1]:80" -> host; empty when the port is not one.
std::string_view host_of(std::string_view authority) {
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) {
        return authority;
    }
    const std::string_view port = authority.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0) {
        return {};
    }
    return authority.substr(0, colon);
}

}  // namespace

std::optional<Complaint> check_slot_name(std::string_view value) {
    if (value.size() > 63 || !consists_of(value, lower_alnum_underscore)) {
        return Complaint{"must be 1 to 63 characters of a-z, 0-9 and _",
                         "Choose a name that Postgres accepts for a replication slot."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_sink_name(std::string_view value) {
    if (value.size() > 63 || !consists_of(value, name_characters)) {
        return Complaint{"must be 1 to 63 characters of A-Z, a-z, 0-9, _ and -",
                         "Choose a short name; it is used in file names, metrics and environment variables."};
    }
    return std::nullopt;
}

// Postgres would cut a longer name silently and connect to something else.
std::optional<Complaint> check_identifier_length(std::string_view value) {
    if (value.size() > 63) {
        return Complaint{"is longer than the 63 bytes that a Postgres name can have", "Give the name as it is."};
    }
    return std::nullopt;
}

// As far as it can be told here; the plugin has the last word.
std::optional<Complaint> check_table_pattern(std::string_view value) {
    bool is_quoted = false;
    bool has_schema = false;
    for (const char c : value) {
        if (c == '"') {
            is_quoted = !is_quoted;
        }
        has_schema = has_schema || (c == '.' && !is_quoted);
    }
    if (is_quoted) {
        return Complaint{"holds a pattern with an unbalanced double quote",
                         "Close the quoted name; a double quote within a name is written twice."};
    }
    if (!has_schema || value.front() == '.' || value.back() == '.') {
        return Complaint{"holds a pattern that is not schema.table",
                         "Write public.orders for one table, public.* for all of a schema, *.* for all."};
    }
    return std::nullopt;
}

// As far as it can be told here: what is behind the colon, the plugin judges.
std::optional<Complaint> check_table_rule(std::string_view value) {
    bool is_quoted = false;
    std::size_t colon = 0;
    for (; colon < value.size() && (is_quoted || value[colon] != ':'); ++colon) {
        is_quoted = is_quoted != (value[colon] == '"');
    }
    if (colon == value.size() || colon == 0 || check_table_pattern(value.substr(0, colon))) {
        return Complaint{"holds an element that is not schema.table: what is wanted of it",
                         "Write public.users: id, name, in quotes where YAML wants them; one element for each table."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_action(std::string_view value) {
    if (value != "insert" && value != "update" && value != "delete" && value != "truncate") {
        return Complaint{"holds an element that is no action", "Write some of insert, update, delete, truncate."};
    }
    return std::nullopt;
}

// That it has the parts of a rule; what a mask may be is the plugin's to say.
std::optional<Complaint> check_mask_rule(std::string_view value) {
    const Complaint complaint{"holds an element that is not schema.table: column = mask",
                              "Write public.users: email = hash, card = keep_last(4), name = redact('-'), note = "
                              "truncate(10), ssn = null; one element for each table."};
    char quote = 0;
    std::size_t colon = std::string_view::npos;
    bool has_mask = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (quote != 0) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == ';') {
            return complaint;
        } else if (c == ':' && colon == std::string_view::npos) {
            colon = i;
        } else if (c == '=') {
            has_mask = colon != std::string_view::npos;
        }
    }
    if (quote != 0 || !has_mask || colon == 0 || check_table_pattern(value.substr(0, colon))) {
        return complaint;
    }
    return std::nullopt;
}

std::optional<Complaint> check_wal2json_argument(std::string_view value) {
    if (!postgres::wal2json_argument_name(value)) {
        return Complaint{"holds an element that is no NAME=VALUE of an option that may be set",
                         "Write format-version=1, or one of actions, filter-tables, add-tables, filter-origins, "
                         "filter-msg-prefixes, add-msg-prefixes; what the collector reads by, it sets itself."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_url(std::string_view value) {
    const UrlParts parts = split_url(value);
    if (parts.scheme != "http" && parts.scheme != "https") {
        return Complaint{"must be a URL that starts with https:// or http://",
                         "Give the base address of the API, such as https://api.glassflow.dev/v1."};
    }
    if (parts.authority.find('@') != std::string_view::npos) {
        return Complaint{"must not hold a user name or password", "Give the access token as access_token."};
    }
    if (host_of(parts.authority).empty() || value.find_first_of(" <>\"{}|\\^`") != std::string_view::npos) {
        return Complaint{"is not a well-formed URL", "Write scheme, host, port and path as https://host:port/path."};
    }
    if (value.find_first_of("?#") != std::string_view::npos) {
        return Complaint{"must not hold a query or a fragment",
                         "Leave out what follows the path; /pipelines/... is appended to it."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_host(std::string_view value) {
    if (!postgres::parse_host(value)) {
        return Complaint{"holds an element that is no host, host:port or directory",
                         "Write db1, db1:5433, [::1]:5433 or /run/postgresql; ports are from 1 to 65535."};
    }
    return std::nullopt;
}

// It becomes a part of the request's path, where "../" or "?" would change what is asked.
std::optional<Complaint> check_pipeline_id(std::string_view value) {
    if (value.size() > 128 || !consists_of(value, name_characters)) {
        return Complaint{"must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -",
                         "Copy the id of the pipeline, without the rest of its address."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_otlp_pipeline_id(std::string_view value) {
    if (!sink::is_otlp_pipeline_id(value)) {
        return Complaint{"must be 5 to 40 of a-z, 0-9 and -, beginning with a letter",
                         "Copy the id of the pipeline; no other can exist."};
    }
    return std::nullopt;
}

// "schema.table=pipeline-id": an id has no =, a quoted name may.
std::optional<Complaint> check_table_pipeline(std::string_view value) {
    const std::size_t equals = value.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
        return Complaint{"holds an element that is not schema.table=pipeline-id",
                         "Write public.orders=orders-pipeline, or public.*=some-pipeline for many tables."};
    }
    if (const auto complaint = check_table_pattern(value.substr(0, equals))) {
        return complaint;
    }
    const std::string_view id = value.substr(std::min(value.find_first_not_of(' ', equals + 1), value.size()));
    if (!sink::is_otlp_pipeline_id(id)) {
        return Complaint{"holds an id that is not 5 to 40 of a-z, 0-9 and -, beginning with a letter",
                         "Copy the id of the pipeline; no other can exist."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_access_token(std::string_view value) {
    for (const char c : value) {
        if (c <= 0x20 || c > 0x7e) {
            return Complaint{"holds a character that an HTTP header cannot carry",
                             "Give the token alone: printable ASCII characters without spaces."};
        }
    }
    return std::nullopt;
}

std::optional<Complaint> check_id_prefix(std::string_view value) {
    if (value.size() > 20 || value.front() < 'a' || value.front() > 'z' ||
        !consists_of(value, "abcdefghijklmnopqrstuvwxyz0123456789")) {
        return Complaint{"must be 1 to 20 characters of a-z and 0-9, a letter first",
                         "It begins the ids of pipelines, which have at most 40 characters."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_dedup_window(std::string_view value) {
    const std::string_view digits = value.substr(0, value.size() - 1);
    if (value.size() < 2 || value.size() > 6 || !consists_of(digits, "0123456789") ||
        digits.find_first_not_of('0') == std::string_view::npos ||
        std::string_view("smhd").find(value.back()) == std::string_view::npos) {
        return Complaint{"must be a duration of GlassFlow: a number that is not 0 and s, m, h or d",
                         "Write 24h, or longer than any event can be on its way; GlassFlow advises at most 7d."};
    }
    return std::nullopt;
}

// GlassFlow's driver takes its INSERT apart at spaces and parentheses.
std::optional<Complaint> check_clickhouse_database(std::string_view value) {
    if (value.size() > 128 || !consists_of(value, name_characters)) {
        return Complaint{"must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -",
                         "Rename the database, or use another: GlassFlow cannot insert into it."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_broker(std::string_view value) {
    if (value.find_first_of(" ,/@") != std::string_view::npos || host_of(value).empty()) {
        return Complaint{"holds an element that is no host:port", "Write kafka1:9092 or [::1]:9092."};
    }
    return std::nullopt;
}

// Which names there are librdkafka knows, and which may not be set the sink.
std::optional<Complaint> check_property(std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos || equals == 0 ||
        value.substr(0, equals).find(' ') != std::string_view::npos) {
        return Complaint{"holds an element that is not NAME=VALUE",
                         "Write a property of librdkafka, such as socket.keepalive.enable=true."};
    }
    return std::nullopt;
}

std::optional<Complaint> check_listen_address(std::string_view value) {
    if (!value.empty() && !admin::parse_listen_address(value)) {
        return Complaint{"must be address:port",
                         "Write 127.0.0.1:8088 or [::1]:8088; leave it empty to have no admin server."};
    }
    return std::nullopt;
}

bool is_unencrypted_remote_url(std::string_view url) {
    const UrlParts parts = split_url(url);
    const std::string_view host = host_of(parts.authority);
    return parts.scheme == "http" && host != "localhost" && host != "[::1]" && !host.starts_with("127.");
}

}  // namespace glassflow::config
