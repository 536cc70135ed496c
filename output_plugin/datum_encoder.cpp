// The encoders and the table that chooses among them.
//
// Types with a native encoding are read straight from the datum, whatever the session's settings. Every other type goes
// through its output function, under the settings that session.cpp pins; the commonest of them print here what their
// output function would, straight into the frame.
#include "datum_encoder.h"

#include "jsonb_text.h"
#include "large_value.h"
#include "numeric_text.h"

namespace glassflow {

namespace {

constexpr std::size_t text_header_bytes = 5;  // of a str, at most

// The bytes of a text-like or bytea value, in place where possible; the caller's context owns a detoasted copy.
std::string_view varlena_bytes(Datum value) {
    auto* pointer = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
    if (VARATT_IS_EXTERNAL_INDIRECT(pointer)) {
        // Changed TOAST, put together from the WAL: look through, and copy only what is compressed.
        struct varatt_indirect redirect;
        VARATT_EXTERNAL_GET_POINTER(redirect, pointer);
        pointer = redirect.pointer;
    }
    pointer = pg_detoast_datum_packed(pointer);
    return {VARDATA_ANY(pointer), VARSIZE_ANY_EXHDR(pointer)};
}

std::size_t varlena_size(Datum value) {
    return toast_raw_datum_size(value) - VARHDRSZ;
}

void encode_boolean(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_boolean(writer.buffer(), DatumGetBool(value));
}
void encode_int2(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_signed(writer.buffer(), DatumGetInt16(value));
}
void encode_int4(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_signed(writer.buffer(), DatumGetInt32(value));
}
void encode_int8(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_signed(writer.buffer(), DatumGetInt64(value));
}
void encode_oid(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_unsigned(writer.buffer(), DatumGetObjectId(value));
}
void encode_float4(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_float4(writer.buffer(), DatumGetFloat4(value));
}
void encode_float8(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_float8(writer.buffer(), DatumGetFloat8(value));
}

void pack_infinity(FrameBuffer& buffer, bool is_positive) {
    const char sign = is_positive ? '\x01' : '\xff';
    pack_extension(buffer, wire::Extension::infinity, std::string_view(&sign, 1));
}

void encode_date(ValueWriter writer, ColumnEncoder&, Datum value) {
    const DateADT days = DatumGetDateADT(value);
    DATE_NOT_FINITE(days) ? pack_infinity(writer.buffer(), DATE_IS_NOEND(days)) : pack_signed(writer.buffer(), days);
}

void encode_timestamp(ValueWriter writer, ColumnEncoder&, Datum value) {
    const Timestamp time_us = DatumGetTimestamp(value);
    TIMESTAMP_NOT_FINITE(time_us) ? pack_infinity(writer.buffer(), TIMESTAMP_IS_NOEND(time_us))
                                  : pack_signed(writer.buffer(), time_us);
}

void encode_uuid(ValueWriter writer, ColumnEncoder&, Datum value) {
    pack_bin(writer.buffer(), {DatumGetPointer(value), UUID_LEN});
}

void encode_text(ValueWriter writer, ColumnEncoder&, Datum value) {
    if (!writer.frames.fits(varlena_size(value))) {
        pack_too_large(writer.buffer(), varlena_size(value));  // without detoasting it
        return;
    }
    writer.text.pack(writer.frames, varlena_bytes(value));
}

void encode_bytea(ValueWriter writer, ColumnEncoder&, Datum value) {
    constexpr std::size_t header_bytes = 5;
    if (!writer.frames.fits(varlena_size(value) + header_bytes)) {
        pack_too_large(writer.buffer(), varlena_size(value));
        return;
    }
    pack_bin(writer.buffer(), varlena_bytes(value));
}

void encode_name(ValueWriter writer, ColumnEncoder&, Datum value) {
    const char* name = NameStr(*DatumGetName(value));
    writer.text.pack(writer.frames, {name, strnlen(name, NAMEDATALEN)});
}

// "char" is one byte; as 16 and later print it: nothing for 0, \ooo for a byte that is no character of its own.
void encode_char(ValueWriter writer, ColumnEncoder&, Datum value) {
    const auto byte = static_cast<unsigned char>(DatumGetChar(value));
    char text[4];
    std::size_t size = 0;
    if (IS_HIGHBIT_SET(byte)) {
        text[size++] = '\\';
        text[size++] = static_cast<char>('0' + (byte >> 6));
        text[size++] = static_cast<char>('0' + ((byte >> 3) & 7));
        text[size++] = static_cast<char>('0' + (byte & 7));
    } else if (byte != 0) {
        text[size++] = static_cast<char>(byte);
    }
    pack_str(writer.buffer(), {text, size});
}

bool is_large(Datum value) {
    return toast_raw_datum_size(value) > large_value_bytes;
}

void encode_through_output_function(ValueWriter writer, ColumnEncoder& column, Datum value) {
    if (column.is_varlena && is_large(value)) {
        encode_large_value(writer, column.output, value);
        return;
    }
    writer.text.pack(writer.frames, OutputFunctionCall(&column.output, value));
}

void encode_numeric(ValueWriter writer, ColumnEncoder& column, Datum value) {
    const auto parts = is_large(value) ? std::nullopt : read_numeric(varlena_bytes(value));
    if (!parts || !writer.frames.fits(parts->text_bytes() + text_header_bytes)) {
        encode_through_output_function(writer, column, value);
        return;
    }
    pack_str_header(writer.buffer(), parts->text_bytes());
    append_numeric(writer.buffer(), *parts);
}

// The text is written behind room for the longest header and then moved to its own, which depends on its length.
void encode_jsonb(ValueWriter writer, ColumnEncoder& column, Datum value) {
    if (is_large(value) || GetDatabaseEncoding() != PG_UTF8 || !writer.frames.fits(small_value_text_bytes)) {
        encode_through_output_function(writer, column, value);
        return;
    }
    FrameBuffer& buffer = writer.buffer();
    const std::size_t start = buffer.size();
    buffer.reserve(text_header_bytes);
    buffer.extend(text_header_bytes);
    if (!append_jsonb(buffer, DatumGetJsonbP(value))) {
        buffer.truncate(start);
        encode_through_output_function(writer, column, value);
        return;
    }
    const std::size_t text_bytes = buffer.size() - start - text_header_bytes;
    buffer.truncate(start);
    pack_str_header(buffer, text_bytes);
    memmove(buffer.reserve(text_bytes), buffer.data() + start + text_header_bytes, text_bytes);
    buffer.extend(text_bytes);
}

void encode_enum(ValueWriter writer, ColumnEncoder& column, Datum value) {
    writer.text.pack(writer.frames, column.labels->find(column.output, DatumGetObjectId(value)));
}

struct NativeEncoder {
    Oid type;
    wire::Encoding encoding;
    EncodeFunction encode;
};

constexpr NativeEncoder native_encoders[] = {
    {BOOLOID, wire::Encoding::boolean, encode_boolean},
    {INT2OID, wire::Encoding::integer, encode_int2},
    {INT4OID, wire::Encoding::integer, encode_int4},
    {INT8OID, wire::Encoding::integer, encode_int8},
    {OIDOID, wire::Encoding::integer, encode_oid},
    {FLOAT4OID, wire::Encoding::float4, encode_float4},
    {FLOAT8OID, wire::Encoding::float8, encode_float8},
    {BYTEAOID, wire::Encoding::bytes, encode_bytea},
    {UUIDOID, wire::Encoding::uuid, encode_uuid},
    {DATEOID, wire::Encoding::date, encode_date},
    {TIMESTAMPOID, wire::Encoding::timestamp, encode_timestamp},
    {TIMESTAMPTZOID, wire::Encoding::timestamptz, encode_timestamp},
    {NAMEOID, wire::Encoding::text, encode_name},
    {CHAROID, wire::Encoding::text, encode_char},
    {NUMERICOID, wire::Encoding::text, encode_numeric},
    {JSONBOID, wire::Encoding::text, encode_jsonb},
};

// Types whose value is its text: recognised by the function, so that citext and its like are found as well.
bool prints_its_bytes(PGFunction output) {
    return output == textout || output == varcharout || output == bpcharout || output == json_out;
}

}  // namespace

ColumnEncoder choose_encoder(Oid type, MemoryContext context) {
    ColumnEncoder column;
    const Oid base_type = getBaseType(type);
    Oid output_function = InvalidOid;
    getTypeOutputInfo(base_type, &output_function, &column.is_varlena);
    fmgr_info_cxt(output_function, &column.output, context);
    for (const NativeEncoder& native : native_encoders) {
        if (native.type == base_type) {
            column.encoding = native.encoding;
            column.encode = native.encode;
            return column;
        }
    }
    if (type_is_enum(base_type)) {
        column.labels = pg::make(context, EnumLabels{});
        column.encode = encode_enum;
        return column;
    }
    column.encode =
        column.is_varlena && prints_its_bytes(column.output.fn_addr) ? encode_text : encode_through_output_function;
    return column;
}

}  // namespace glassflow
