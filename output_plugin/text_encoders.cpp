// The commonest types print here what their output function would, straight into the frame.
#include "text_encoders.h"

#include "large_value.h"
#include "numeric_text.h"
#include "varlena_value.h"

namespace glassflow {

namespace {

// Texts longer than this are freed at once, not with the change: a value may have thousands of them in it.
constexpr std::size_t retained_text_bytes = 1024;

}  // namespace

void encode_text(ValueWriter writer, const ColumnEncoder&, Datum value) {
    if (is_in_place(value)) {
        writer.text.pack(writer.frames, bytes_in_place(value));
    } else if (const std::size_t size = varlena_size(value); !writer.frames.fits(size)) {
        writer.text.pack_too_large(writer.buffer(), size);  // without detoasting it
    } else {
        writer.text.pack(writer.frames, detoasted_bytes(value));
    }
}

void encode_name(ValueWriter writer, const ColumnEncoder&, Datum value) {
    const char* name = NameStr(*DatumGetName(value));
    writer.text.pack(writer.frames, {name, strnlen(name, NAMEDATALEN)});
}

// "char" is one byte; as 16 and later print it: nothing for 0, \ooo for a byte that is no character of its own.
void encode_char(ValueWriter writer, const ColumnEncoder&, Datum value) {
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
    append_str(writer.buffer(), {text, size});
}

void encode_enum(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    writer.text.pack(writer.frames, column.labels->find(*column.output, DatumGetObjectId(value)));
}

void encode_through_output_function(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    if (column.is_varlena && is_large(value)) {
        encode_large_value(writer, *column.output, value);
        return;
    }
    char* const text = OutputFunctionCall(column.output, value);
    const std::size_t size = strlen(text);
    writer.text.pack(writer.frames, {text, size});
    if (size > retained_text_bytes) {
        pfree(text);
    }
}

void encode_numeric_text(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    const auto parts = is_large(value) ? std::nullopt : read_numeric(varlena_bytes(value));
    if (!parts || !writer.frames.fits(parts->text_bytes() + max_header_bytes)) {
        encode_through_output_function(writer, column, value);
        return;
    }
    const std::size_t text_bytes = parts->text_bytes();
    append_in_place(writer.buffer(), max_header_bytes + text_bytes + numeric_slack_bytes,
                    [&parts, text_bytes](char* out) {
                        out = put_str_header(out, text_bytes);
                        write_numeric(out, *parts);
                        return out + text_bytes;
                    });
}

}  // namespace glassflow
