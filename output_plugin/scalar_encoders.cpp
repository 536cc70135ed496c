// One function per layout of a datum, and the table of types.
#include "scalar_encoders.h"

#include "jsonb_tree.h"
#include "large_value.h"
#include "numeric_text.h"
#include "text_encoders.h"
#include "varlena_value.h"

namespace glassflow {

namespace {

void append_signed(FrameBuffer& buffer, std::int64_t value) {
    append_in_place(buffer, max_number_bytes, [value](char* out) { return put_signed(out, value); });
}

void append_unsigned(FrameBuffer& buffer, std::uint64_t value) {
    append_in_place(buffer, max_number_bytes, [value](char* out) { return put_unsigned(out, value); });
}

void append_infinity(FrameBuffer& buffer, bool is_positive) {
    const char sign = is_positive ? '\x01' : '\xff';
    pack_extension(buffer, wire::Extension::infinity, std::string_view(&sign, 1));
}

void encode_boolean(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_in_place(writer.buffer(), 1, [value](char* out) { return put_boolean(out, DatumGetBool(value)); });
}
void encode_int2(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_signed(writer.buffer(), DatumGetInt16(value));
}
void encode_int4(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_signed(writer.buffer(), DatumGetInt32(value));
}
void encode_int8(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_signed(writer.buffer(), DatumGetInt64(value));
}
void encode_uint4(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_unsigned(writer.buffer(), DatumGetUInt32(value));
}

void encode_xid8(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    const std::uint64_t id = U64FromFullTransactionId(DatumGetFullTransactionId(value));
    if (id > static_cast<std::uint64_t>(PG_INT64_MAX)) {
        encode_through_output_function(writer, column, value);
        return;
    }
    append_unsigned(writer.buffer(), id);
}

void encode_float4(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_in_place(writer.buffer(), max_number_bytes,
                    [value](char* out) { return put_float4(out, DatumGetFloat4(value)); });
}

// As a float 32 when nothing is lost by it: amounts, halves, whole numbers. Bits are compared, so that a NaN stays the
// NaN it is.
void encode_float8(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const double number = DatumGetFloat8(value);
    const auto narrow = static_cast<float>(number);
    const double widened = narrow;
    const bool is_narrow = memcmp(&widened, &number, sizeof number) == 0;  // g++ 10 has no std::bit_cast
    append_in_place(writer.buffer(), max_number_bytes, [number, narrow, is_narrow](char* out) {
        return is_narrow ? put_float4(out, narrow) : put_float8(out, number);
    });
}

void encode_decimal(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    if (is_in_place(value)) {
        if (std::int64_t units = 0; read_decimal(bytes_in_place(value), column.scale, units)) {
            append_signed(writer.buffer(), units);
            return;
        }
    }
    encode_numeric_text(writer, column, value);
}

void encode_date(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const DateADT days = DatumGetDateADT(value);
    DATE_NOT_FINITE(days) ? append_infinity(writer.buffer(), DATE_IS_NOEND(days))
                          : append_signed(writer.buffer(), days);
}

void encode_timestamp(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const Timestamp time_us = DatumGetTimestamp(value);
    TIMESTAMP_NOT_FINITE(time_us) ? append_infinity(writer.buffer(), TIMESTAMP_IS_NOEND(time_us))
                                  : append_signed(writer.buffer(), time_us);
}

void encode_time(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_signed(writer.buffer(), DatumGetTimeADT(value));
}

void encode_timetz(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const TimeTzADT* time = DatumGetTimeTzADTP(value);
    append_in_place(writer.buffer(), max_header_bytes + 2 * max_number_bytes, [time](char* out) {
        return put_signed(put_signed(put_array_header(out, 2), time->time), time->zone);
    });
}

void encode_interval(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const Interval* interval = DatumGetIntervalP(value);
    if (pg::is_infinite(interval)) {
        append_infinity(writer.buffer(), interval->month > 0);
        return;
    }
    append_in_place(writer.buffer(), max_header_bytes + 3 * max_number_bytes, [interval](char* out) {
        out = put_signed(put_array_header(out, 3), interval->month);
        return put_signed(put_signed(out, interval->day), interval->time);
    });
}

// uuid, macaddr, macaddr8: the bytes of the datum are those that are printed.
template <std::size_t size>
void encode_fixed_bytes(ValueWriter writer, const ColumnEncoder&, Datum value) {
    append_bin(writer.buffer(), {DatumGetPointer(value), size});
}

void encode_bytea(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const std::size_t size = varlena_size(value);
    if (!writer.frames.fits(size + max_header_bytes)) {
        writer.text.pack_too_large(writer.buffer(), size);
        return;
    }
    append_bin(writer.buffer(), varlena_bytes(value));
}

// Stored: how many bits there are, as an int32, then the bits.
void encode_bits(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    constexpr int bits_per_byte = 8;
    const std::size_t size = varlena_size(value);
    if (!writer.frames.fits(size + max_header_bytes)) {
        writer.text.pack_too_large(writer.buffer(), size);
        return;
    }
    std::string_view bits = varlena_bytes(value);
    std::int32_t bit_count = -1;
    if (bits.size() >= sizeof(bit_count)) {
        memcpy(&bit_count, bits.data(), sizeof(bit_count));
        bits.remove_prefix(sizeof(bit_count));
    }
    const std::int64_t unused_bits = static_cast<std::int64_t>(bits.size()) * bits_per_byte - bit_count;
    if (bit_count < 0 || unused_bits < 0 || unused_bits >= bits_per_byte) {  // damaged: as the server takes it
        encode_through_output_function(writer, column, value);
        return;
    }
    append_in_place(writer.buffer(), max_header_bytes + 1 + bits.size(), [bits, unused_bits](char* out) {
        out = put_bin_header(out, 1 + bits.size());
        *out++ = static_cast<char>(unused_bits);
        return put_bytes(out, bits);
    });
}

// Stored: the family, then what goes onto the wire: netmask bits and the address.
void encode_network(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    constexpr std::size_t ipv4_bytes = 4;
    constexpr std::size_t ipv6_bytes = 16;
    const std::string_view stored = varlena_bytes(value);
    const std::size_t address_bytes = !stored.empty() && stored[0] == PGSQL_AF_INET ? ipv4_bytes : ipv6_bytes;
    if (stored.size() != 2 + address_bytes) {
        encode_through_output_function(writer, column, value);
        return;
    }
    append_bin(writer.buffer(), stored.substr(1));
}

void encode_jsonb(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    if (!is_large(value) && writer.text.is_utf8_database() && writer.frames.fits(small_value_text_bytes)) {
        ShortValueRoom room;
        if (append_jsonb(writer.buffer(), reinterpret_cast<const Jsonb*>(aligned_varlena(value, room)))) {
            return;
        }
    }
    encode_through_output_function(writer, column, value);
}

constexpr ScalarEncoder scalar_encoders[] = {
    {BOOLOID, wire::Encoding::boolean, encode_boolean, false},
    {INT2OID, wire::Encoding::integer, encode_int2, false},
    {INT4OID, wire::Encoding::integer, encode_int4, false},
    {INT8OID, wire::Encoding::integer, encode_int8, false},
    {OIDOID, wire::Encoding::integer, encode_uint4, false},
    {XIDOID, wire::Encoding::integer, encode_uint4, false},
    {CIDOID, wire::Encoding::integer, encode_uint4, false},
    {FLOAT4OID, wire::Encoding::float4, encode_float4, false},
    {FLOAT8OID, wire::Encoding::float8, encode_float8, false},
    {BYTEAOID, wire::Encoding::bytes, encode_bytea, false},
    {UUIDOID, wire::Encoding::uuid, encode_fixed_bytes<UUID_LEN>, false},
    {DATEOID, wire::Encoding::date, encode_date, false},
    {TIMESTAMPOID, wire::Encoding::timestamp, encode_timestamp, false},
    {TIMESTAMPTZOID, wire::Encoding::timestamptz, encode_timestamp, false},
    {NUMERICOID, wire::Encoding::decimal, encode_decimal, true},
    {XID8OID, wire::Encoding::decimal, encode_xid8, true},
    {TIMEOID, wire::Encoding::time, encode_time, false},
    {TIMETZOID, wire::Encoding::timetz, encode_timetz, false},
    {INTERVALOID, wire::Encoding::interval, encode_interval, false},
    {JSONBOID, wire::Encoding::json, encode_jsonb, true},
    {BITOID, wire::Encoding::bits, encode_bits, true},
    {VARBITOID, wire::Encoding::bits, encode_bits, true},
    {INETOID, wire::Encoding::inet, encode_network, true},
    {CIDROID, wire::Encoding::cidr, encode_network, true},
    {MACADDROID, wire::Encoding::macaddr, encode_fixed_bytes<sizeof(macaddr)>, false},
    {MACADDR8OID, wire::Encoding::macaddr, encode_fixed_bytes<sizeof(macaddr8)>, false},
    {NAMEOID, wire::Encoding::text, encode_name, false},
    {CHAROID, wire::Encoding::text, encode_char, false},
};
static_assert(sizeof(macaddr) == 6 && sizeof(macaddr8) == 8);

}  // namespace

const ScalarEncoder* find_scalar_encoder(Oid type) {
    for (const ScalarEncoder& scalar : scalar_encoders) {
        if (scalar.type == type) {
            return &scalar;
        }
    }
    return nullptr;
}

}  // namespace glassflow
