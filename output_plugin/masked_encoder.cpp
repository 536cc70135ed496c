// Masks work on a value's text, as its output function prints it in the database's encoding. Characters are told apart
// without an ERROR, whatever bytes are there.
#include "masked_encoder.h"

#include "large_value.h"
#include "nested_types.h"
#include "text_encoders.h"

namespace glassflow {

namespace {

// Hides how long the rest was.
constexpr std::string_view hidden = "***";

// In UTF-8 every byte of a character but its first is such.
bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

std::size_t character_bytes(int encoding, std::string_view text) {
    const int bytes = pg_encoding_mblen(encoding, text.data());
    return Min(text.size(), static_cast<std::size_t>(Max(bytes, 1)));
}

// Bytes of the first so many characters.
std::size_t beginning_bytes(std::string_view text, std::size_t characters) {
    if (text.size() <= characters || pg_database_encoding_max_length() == 1) {
        return Min(text.size(), characters);
    }
    const int encoding = GetDatabaseEncoding();
    std::string_view rest = text;
    for (; characters > 0 && !rest.empty(); --characters) {
        rest.remove_prefix(character_bytes(encoding, rest));
    }
    return text.size() - rest.size();
}

// Bytes of the last so many characters; all of them when there are no more.
std::size_t end_bytes(std::string_view text, std::size_t characters) {
    if (text.size() <= characters || pg_database_encoding_max_length() == 1) {
        return Min(text.size(), characters);
    }
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8) {
        std::size_t begin = text.size();
        for (; characters > 0 && begin > 0; --characters) {
            --begin;
            while (begin > 0 && is_continuation(text[begin])) {
                --begin;
            }
        }
        return text.size() - begin;
    }
    std::size_t count = 0;
    for (std::string_view rest = text; !rest.empty(); ++count) {
        rest.remove_prefix(character_bytes(encoding, rest));
    }
    return text.size() - beginning_bytes(text, count - Min(count, characters));
}

// Of a text that is no longer than what is kept nothing is kept: it would be the whole of it.
void pack_end(ValueWriter writer, std::string_view text, std::size_t characters) {
    const std::size_t size = end_bytes(text, characters);
    const std::string_view end =
        size == text.size() ? std::string_view() : std::string_view(text.data() + text.size() - size, size);
    if (writer.text.is_utf8_database()) {
        append_in_place(writer.buffer(), max_header_bytes + hidden.size() + end.size(), [end](char* out) {
            return put_bytes(put_bytes(put_str_header(out, hidden.size() + end.size()), hidden), end);
        });
        return;
    }
    char* kept = static_cast<char*>(palloc(hidden.size() + end.size()));
    memcpy(kept, hidden.data(), hidden.size());
    memcpy(kept + hidden.size(), end.data(), end.size());
    writer.text.pack(writer.frames, {kept, hidden.size() + end.size()});
    pfree(kept);
}

void pack_masked(ValueWriter writer, const MaskedColumn& masked, std::string_view text) {
    switch (masked.mask->kind) {
        case ColumnMask::Kind::hash:
            append_str(writer.buffer(), masked.hash->of(text));
            break;
        case ColumnMask::Kind::keep_last:
            pack_end(writer, text, masked.mask->characters);
            break;
        case ColumnMask::Kind::truncate:
            writer.text.pack(writer.frames, {text.data(), beginning_bytes(text, masked.mask->characters)});
            break;
        default:
            Assert(false);
            append_str(writer.buffer(), hidden);
    }
}

void encode_null(ValueWriter writer, const ColumnEncoder&, Datum) {
    append_in_place(writer.buffer(), 1, put_nil);
}

void encode_redacted(ValueWriter writer, const ColumnEncoder& column, Datum) {
    writer.text.pack(writer.frames, column.masked->mask->text);
}

void encode_masked_bytes(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    pack_masked(writer, *column.masked, varlena_bytes(value));
}

void encode_masked_print(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    const bool is_huge = column.is_varlena && is_large(value);
    char* text = is_huge ? print_large_value(*column.output, value) : OutputFunctionCall(column.output, value);
    if (text == nullptr) {
        writer.text.pack_too_large(writer.buffer(), varlena_size(value));
        return;
    }
    pack_masked(writer, *column.masked, text);
    pfree(text);
}

}  // namespace

ColumnEncoder mask_encoder(const ColumnEncoder& plain, Oid type, const ColumnMask& mask, PrintedHash* hash,
                           MemoryContext context, CatalogWatch& watch) {
    ColumnEncoder column;
    column.masked = pg::make(context, MaskedColumn{.mask = &mask, .hash = hash});
    if (mask.kind == ColumnMask::Kind::null) {
        column.encode = encode_null;
    } else if (mask.kind == ColumnMask::Kind::redact) {
        column.encode = encode_redacted;
    } else if (plain.encode == encode_text) {
        column.is_varlena = plain.is_varlena;
        column.encode = encode_masked_bytes;
    } else {
        const ColumnEncoder printed = TypePlanner(context, watch, 1).plan_as_text(type);
        column.is_varlena = printed.is_varlena;
        column.output = printed.output;
        column.encode = encode_masked_print;
    }
    return column;
}

}  // namespace glassflow
