// Numbers and addresses here; days, times and intervals in time_text.
#include "scalar_text.h"

#include "escaped_text.h"
#include "time_text.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

void append_decimal(StringInfo text, const WireValue& value, std::uint32_t scale) {
    const std::uint64_t magnitude = value.is_negative ? 0 - value.unsigned_integer : value.unsigned_integer;
    char digits[32];  // 20, and a zero before the point when all are decimals
    const int count = snprintf(digits, sizeof(digits), "%0*llu", static_cast<int>(scale + 1),
                               static_cast<unsigned long long>(magnitude));
    const int whole = count - static_cast<int>(scale);
    appendStringInfo(text, "%s%.*s", value.is_negative ? "-" : "", whole, digits);
    if (scale > 0) {
        appendStringInfo(text, ".%s", digits + whole);
    }
}

void append_uuid(StringInfo text, std::string_view bytes) {
    constexpr std::size_t group_ends[] = {4, 6, 8, 10, 16};
    std::size_t at = 0;
    for (const std::size_t end : group_ends) {
        if (at > 0) {
            appendStringInfoChar(text, '-');
        }
        append_hex(text, {bytes.data() + at, end - at});
        at = end;
    }
}

bool is_bits(std::string_view bytes) {
    return !bytes.empty() && static_cast<unsigned char>(bytes[0]) <= (bytes.size() == 1 ? 0 : 7);
}

void append_bits(StringInfo text, std::string_view bytes) {
    const std::size_t count = (bytes.size() - 1) * 8 - static_cast<unsigned char>(bytes[0]);
    enlargeStringInfo(text, static_cast<int>(Min(count, MaxAllocSize)));  // refuses what no text can hold at once
    for (std::size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[1 + i / 8]);
        appendStringInfoCharMacro(text, (byte >> (7 - i % 8) & 1) != 0 ? '1' : '0');
    }
}

bool is_network(std::string_view bytes) {
    return (bytes.size() == 5 && static_cast<unsigned char>(bytes[0]) <= 32) ||
           (bytes.size() == 17 && static_cast<unsigned char>(bytes[0]) <= 128);
}

// A netmask that covers the whole address is shown of networks only.
void append_network(StringInfo text, std::string_view bytes, bool is_cidr) {
    const bool is_4 = bytes.size() == 5;
    const int netmask_bits = static_cast<unsigned char>(bytes[0]);
    char address[64];  // 45 and the netmask
    if (pg_inet_net_ntop(is_4 ? PGSQL_AF_INET : PGSQL_AF_INET6, bytes.data() + 1, netmask_bits, address,
                         sizeof(address)) == nullptr) {
        elog(ERROR, "could not print an address");
    }
    appendStringInfoString(text, address);
    if (is_cidr && netmask_bits == (is_4 ? 32 : 128)) {
        appendStringInfo(text, "/%d", netmask_bits);
    }
}

void append_macaddr(StringInfo text, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        appendStringInfoString(text, i == 0 ? "" : ":");
        append_hex(text, bytes.substr(i, 1));
    }
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
            return value.kind == Kind::float8 || value.kind == Kind::float4;
        case wire::Encoding::bytes:
            return value.kind == Kind::bin;
        case wire::Encoding::uuid:
            return value.kind == Kind::bin && value.bytes.size() == UUID_LEN;
        case wire::Encoding::date:
        case wire::Encoding::timestamp:
        case wire::Encoding::timestamptz:
        case wire::Encoding::decimal:
        case wire::Encoding::time:
            return value.kind == Kind::integer && (value.is_negative || value.unsigned_integer <= PG_INT64_MAX);
        case wire::Encoding::timetz:
            return value.kind == Kind::array && value.element_count == 2;
        case wire::Encoding::interval:
            return value.kind == Kind::array && value.element_count == 3;
        case wire::Encoding::bits:
            return value.kind == Kind::bin && is_bits(value.bytes);
        case wire::Encoding::inet:
        case wire::Encoding::cidr:
            return value.kind == Kind::bin && is_network(value.bytes);
        case wire::Encoding::macaddr:
            return value.kind == Kind::bin && (value.bytes.size() == 6 || value.bytes.size() == 8);
        default:
            return false;
    }
}

std::int32_t read_int32(FrameReader& frame, const char* what) {
    const std::int64_t number = frame.read_signed(what);
    if (number < PG_INT32_MIN || number > PG_INT32_MAX) {
        frame.refuse(psprintf("%s does not fit 32 bits", what));
    }
    return static_cast<std::int32_t>(number);
}

bool has_infinity(wire::Encoding encoding) {
    return encoding == wire::Encoding::date || encoding == wire::Encoding::timestamp ||
           encoding == wire::Encoding::timestamptz || encoding == wire::Encoding::interval;
}

}  // namespace

bool is_text_instead(const WireValue& value, wire::Encoding encoding) {
    if (encoding <= wire::last_encoding_without_text) {
        return false;
    }
    const bool is_bin_its_form = encoding >= wire::Encoding::bits && encoding <= wire::Encoding::macaddr;
    return value.kind == Kind::str || (value.kind == Kind::bin && !is_bin_its_form);
}

void refuse_value(const FrameReader& frame, wire::Encoding encoding) {
    frame.refuse(psprintf("value is not what encoding %s holds", encoding_name(encoding)));
}

void append_integer(StringInfo text, const WireValue& value) {
    if (value.is_negative) {
        appendStringInfo(text, "%lld", static_cast<long long>(value.unsigned_integer));
    } else {
        appendStringInfo(text, "%llu", static_cast<unsigned long long>(value.unsigned_integer));
    }
}

void append_float4(StringInfo text, float number) {
    char digits[FLOAT_SHORTEST_DECIMAL_LEN];
    float_to_shortest_decimal_buf(number, digits);
    appendStringInfoString(text, digits);
}

void append_float8(StringInfo text, double number) {
    char digits[DOUBLE_SHORTEST_DECIMAL_LEN];
    double_to_shortest_decimal_buf(number, digits);
    appendStringInfoString(text, digits);
}

void append_extension(StringInfo text, const FrameReader& frame, const WireValue& value) {
    const std::string_view bytes = value.bytes;
    switch (static_cast<wire::Extension>(value.extension_type)) {
        case wire::Extension::unchanged_toast:
            appendStringInfoString(text, "unchanged");
            return;
        case wire::Extension::infinity:
            if (bytes.size() == 1 && (bytes[0] == '\x01' || bytes[0] == '\xff')) {
                appendStringInfoString(text, bytes[0] == '\x01' ? "infinity" : "-infinity");
                return;
            }
            break;
        case wire::Extension::too_large:
            if (bytes.size() == 8) {
                std::uint64_t size = 0;
                for (const char c : bytes) {
                    size = size << 8 | static_cast<unsigned char>(c);
                }
                appendStringInfo(text, "too large (%llu bytes)", static_cast<unsigned long long>(size));
                return;
            }
            break;
        case wire::Extension::json_number:
            append_escaped(text, bytes);
            return;
    }
    frame.refuse("extension value is unknown");
}

void append_extension(StringInfo text, const FrameReader& frame, const WireValue& value, wire::Encoding encoding) {
    const auto extension = static_cast<wire::Extension>(value.extension_type);
    if (extension == wire::Extension::json_number ||
        (extension == wire::Extension::infinity && !has_infinity(encoding))) {
        refuse_value(frame, encoding);
    }
    append_extension(text, frame, value);
}

void append_scalar(StringInfo text, FrameReader& frame, const WireValue& value, wire::Encoding encoding,
                   std::uint32_t scale) {
    if (!fits(value, encoding)) {
        refuse_value(frame, encoding);
    }
    const auto integer = static_cast<std::int64_t>(value.unsigned_integer);  // where fits() has seen one
    switch (encoding) {
        case wire::Encoding::boolean:
            appendStringInfoChar(text, value.boolean ? 't' : 'f');
            break;
        case wire::Encoding::integer:
            append_integer(text, value);
            break;
        case wire::Encoding::float4:
            append_float4(text, value.float4);
            break;
        case wire::Encoding::float8:
            append_float8(text, value.kind == Kind::float4 ? static_cast<double>(value.float4) : value.float8);
            break;
        case wire::Encoding::bytes:
            appendStringInfoString(text, "\\x");
            append_hex(text, value.bytes);
            break;
        case wire::Encoding::uuid:
            append_uuid(text, value.bytes);
            break;
        case wire::Encoding::date:
            append_date(text, integer);
            break;
        case wire::Encoding::timestamp:
        case wire::Encoding::timestamptz:
            append_timestamp(text, integer, encoding == wire::Encoding::timestamptz);
            break;
        case wire::Encoding::decimal:
            append_decimal(text, value, scale);
            break;
        case wire::Encoding::time:
            append_time(text, integer);
            break;
        case wire::Encoding::timetz: {
            append_time(text, frame.read_signed("time"));
            append_zone(text, read_int32(frame, "zone"));
            break;
        }
        case wire::Encoding::interval: {
            const std::int32_t months = read_int32(frame, "months");
            const std::int32_t days = read_int32(frame, "days");
            append_interval(text, months, days, frame.read_signed("microseconds"));
            break;
        }
        case wire::Encoding::bits:
            append_bits(text, value.bytes);
            break;
        case wire::Encoding::inet:
        case wire::Encoding::cidr:
            append_network(text, value.bytes, encoding == wire::Encoding::cidr);
            break;
        case wire::Encoding::macaddr:
            append_macaddr(text, value.bytes);
            break;
        default:
            appendBinaryStringInfo(text, value.bytes.data(), static_cast<int>(value.bytes.size()));
    }
}

}  // namespace glassflow
