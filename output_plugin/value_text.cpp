// How values look: null, true, 42, 1.5, 'text', \xbytes, 2024-01-31, infinity, unchanged, too large (5 bytes).
#include "value_text.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

constexpr const char* encoding_names[] = {"text",  "boolean", "integer", "float4",    "float8",
                                          "bytes", "uuid",    "date",    "timestamp", "timestamptz"};

// What a terminal would obey instead of show: C0, DEL and C1 controls, line separators, direction overrides.
bool is_control(pg_wchar c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool is_utf8(std::string_view text) {
    return pg_verify_mbstr(PG_UTF8, text.data(), static_cast<int>(text.size()), true);
}

void append_hex(StringInfo line, std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    enlargeStringInfo(line, static_cast<int>(Min(bytes.size() * 2, static_cast<std::size_t>(PG_INT32_MAX))));
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        appendStringInfoCharMacro(line, digits[byte >> 4]);
        appendStringInfoCharMacro(line, digits[byte & 15]);
    }
}

void append_in_database_encoding(StringInfo line, const char* utf8, int size) {
    if (size == 1) {
        appendStringInfoCharMacro(line, *utf8);
        return;
    }
    char* converted = pg_any_to_server(utf8, size, PG_UTF8);
    if (converted == utf8) {
        appendBinaryStringInfo(line, utf8, size);
    } else {
        appendStringInfoString(line, converted);
        pfree(converted);
    }
}

// Bytes that are not UTF-8 come from SQL_ASCII databases; zero bytes are not UTF-8 for the server either.
void append_escaped_in(StringInfo line, std::string_view text, char quote) {
    if (!is_utf8(text)) {
        appendStringInfoString(line, "\\x");
        append_hex(line, text);
        return;
    }
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* end = at + text.size();
    while (at < end) {
        const int size = pg_utf_mblen(at);
        const pg_wchar c = utf8_to_unicode(at);
        if (c == '\n' || c == '\r' || c == '\t') {
            appendStringInfo(line, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        } else if (is_control(c)) {
            appendStringInfo(line, "\\u%04x", c);
        } else {
            if (c == '\\' || (quote != '\0' && c == static_cast<pg_wchar>(quote))) {
                appendStringInfoChar(line, '\\');
            }
            append_in_database_encoding(line, reinterpret_cast<const char*>(at), size);
        }
        at += size;
    }
}

bool is_simple_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
        return false;
    }
    for (const char c : name) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_') {
            return false;
        }
    }
    return true;
}

void append_integer(StringInfo line, const WireValue& value) {
    if (value.is_negative) {
        appendStringInfo(line, "%lld", static_cast<long long>(value.unsigned_integer));
    } else {
        appendStringInfo(line, "%llu", static_cast<unsigned long long>(value.unsigned_integer));
    }
}

void append_float4(StringInfo line, float number) {
    char text[FLOAT_SHORTEST_DECIMAL_LEN];
    float_to_shortest_decimal_buf(number, text);
    appendStringInfoString(line, text);
}

void append_float8(StringInfo line, double number) {
    char text[DOUBLE_SHORTEST_DECIMAL_LEN];
    double_to_shortest_decimal_buf(number, text);
    appendStringInfoString(line, text);
}

void append_uuid(StringInfo line, std::string_view bytes) {
    constexpr std::size_t group_ends[] = {4, 6, 8, 10, 16};
    std::size_t at = 0;
    for (const std::size_t end : group_ends) {
        if (at > 0) {
            appendStringInfoChar(line, '-');
        }
        append_hex(line, {bytes.data() + at, end - at});
        at = end;
    }
}

// A frame can claim a day that no calendar of the server has; then its number is shown.
void append_date(StringInfo line, std::int64_t days) {
    if (!IS_VALID_DATE(days)) {
        appendStringInfo(line, "day %lld", static_cast<long long>(days));
        return;
    }
    struct pg_tm time = {};
    char text[MAXDATELEN + 1];
    j2date(static_cast<int>(days) + POSTGRES_EPOCH_JDATE, &time.tm_year, &time.tm_mon, &time.tm_mday);
    EncodeDateOnly(&time, USE_ISO_DATES, text);
    appendStringInfoString(line, text);
}

void append_extension(StringInfo line, FrameReader& frame, const WireValue& value) {
    const std::string_view bytes = value.bytes;
    switch (static_cast<wire::Extension>(value.extension_type)) {
        case wire::Extension::unchanged_toast:
            appendStringInfoString(line, "unchanged");
            return;
        case wire::Extension::infinity:
            if (bytes.size() == 1 && (bytes[0] == '\x01' || bytes[0] == '\xff')) {
                appendStringInfoString(line, bytes[0] == '\x01' ? "infinity" : "-infinity");
                return;
            }
            break;
        case wire::Extension::too_large:
            if (bytes.size() == 8) {
                std::uint64_t size = 0;
                for (const char c : bytes) {
                    size = size << 8 | static_cast<unsigned char>(c);
                }
                appendStringInfo(line, "too large (%llu bytes)", static_cast<unsigned long long>(size));
                return;
            }
            break;
    }
    frame.refuse("extension value is unknown");
}

bool fits(const WireValue& value, wire::Encoding encoding) {
    switch (encoding) {
        case wire::Encoding::text:
            return value.kind == Kind::str || value.kind == Kind::bin;
        case wire::Encoding::boolean:
            return value.kind == Kind::boolean;
        case wire::Encoding::integer:
            return value.kind == Kind::integer;
        case wire::Encoding::float4:
            return value.kind == Kind::float4;
        case wire::Encoding::float8:
            return value.kind == Kind::float8;
        case wire::Encoding::bytes:
            return value.kind == Kind::bin;
        case wire::Encoding::uuid:
            return value.kind == Kind::bin && value.bytes.size() == UUID_LEN;
        case wire::Encoding::date:
        case wire::Encoding::timestamp:
        case wire::Encoding::timestamptz:
            return value.kind == Kind::integer && (value.is_negative || value.unsigned_integer <= PG_INT64_MAX);
    }
    return false;
}

void append_plain(StringInfo line, FrameReader& frame, const WireValue& value) {
    switch (value.kind) {
        case Kind::nil:
            appendStringInfoString(line, "null");
            break;
        case Kind::boolean:
            appendStringInfoString(line, value.boolean ? "true" : "false");
            break;
        case Kind::integer:
            append_integer(line, value);
            break;
        case Kind::float4:
            append_float4(line, value.float4);
            break;
        case Kind::float8:
            append_float8(line, value.float8);
            break;
        case Kind::str:
            append_quoted(line, value.bytes);
            break;
        case Kind::bin:
            appendStringInfoString(line, "\\x");
            append_hex(line, value.bytes);
            break;
        case Kind::extension:
            append_extension(line, frame, value);
            break;
        case Kind::array:
        case Kind::map:
            frame.refuse("value is an array or a map");
    }
}

}  // namespace

const char* encoding_name(std::uint64_t encoding) {
    return encoding < lengthof(encoding_names) ? encoding_names[encoding] : nullptr;
}

void append_value(StringInfo line, FrameReader& frame) {
    append_plain(line, frame, frame.read());
}

void append_value(StringInfo line, FrameReader& frame, wire::Encoding encoding) {
    const WireValue value = frame.read();
    if (value.kind == Kind::nil || value.kind == Kind::extension) {
        append_plain(line, frame, value);
        return;
    }
    if (!fits(value, encoding)) {
        frame.refuse(
            psprintf("value is not what encoding %s holds", encoding_name(static_cast<std::uint64_t>(encoding))));
    }
    switch (encoding) {
        case wire::Encoding::uuid:
            append_uuid(line, value.bytes);
            break;
        case wire::Encoding::date:
            append_date(line, static_cast<std::int64_t>(value.unsigned_integer));
            break;
        case wire::Encoding::timestamp:
        case wire::Encoding::timestamptz:
            append_timestamp(line, static_cast<std::int64_t>(value.unsigned_integer),
                             encoding == wire::Encoding::timestamptz);
            break;
        default:
            append_plain(line, frame, value);
    }
}

void append_content(StringInfo line, FrameReader& frame) {
    const WireValue value = frame.read();
    if (value.kind != Kind::bin && value.kind != Kind::extension) {
        frame.refuse("content of a message is not bytes");
    }
    if (value.kind == Kind::bin && is_utf8(value.bytes)) {
        append_quoted(line, value.bytes);
    } else {
        append_plain(line, frame, value);
    }
}

void append_timestamp(StringInfo line, std::int64_t time_us, bool has_zone) {
    struct pg_tm time = {};
    fsec_t fraction_us = 0;
    char text[MAXDATELEN + 1];
    if (!IS_VALID_TIMESTAMP(time_us) || timestamp2tm(time_us, nullptr, &time, &fraction_us, nullptr, nullptr) != 0) {
        appendStringInfo(line, "microsecond %lld", static_cast<long long>(time_us));
        return;
    }
    time.tm_isdst = 0;  // known, so that the zone is shown
    EncodeDateTime(&time, fraction_us, has_zone, 0, nullptr, USE_ISO_DATES, text);
    appendStringInfoString(line, text);
}

void append_quoted(StringInfo line, std::string_view text) {
    appendStringInfoChar(line, '\'');
    append_escaped_in(line, text, '\'');
    appendStringInfoChar(line, '\'');
}

void append_name(StringInfo line, std::string_view name) {
    if (is_simple_name(name)) {
        appendBinaryStringInfo(line, name.data(), static_cast<int>(name.size()));
        return;
    }
    appendStringInfoChar(line, '"');
    append_escaped_in(line, name, '"');
    appendStringInfoChar(line, '"');
}

void append_escaped(StringInfo line, std::string_view text) {
    append_escaped_in(line, text, '\0');
}

}  // namespace glassflow
