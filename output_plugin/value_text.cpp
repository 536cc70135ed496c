// One value, one place: what each encoding's text looks like is in scalar_text, nested_text and document_text.
#include "value_text.h"

#include "document_text.h"
#include "escaped_text.h"
#include "nested_text.h"
#include "scalar_text.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

// Of all that has a type: each type around a value, and a shape, takes a level, then a document its own.
constexpr std::uint32_t max_value_depth = wire::max_type_depth + 2 + wire::max_json_depth;

void append_plain(StringInfo line, FrameReader& frame, const WireValue& value, std::uint32_t depth);

// [1, 'a', null], {'key': 1}
void append_plain_container(StringInfo line, FrameReader& frame, const WireValue& container, std::uint32_t depth) {
    if (depth == max_value_depth) {
        frame.refuse("value is nested too deep");
    }
    const bool is_map = container.kind == Kind::map;
    appendStringInfoChar(line, is_map ? '{' : '[');
    for (std::uint32_t i = 0; i < container.element_count; ++i) {
        CHECK_FOR_INTERRUPTS();
        appendStringInfoString(line, i == 0 ? "" : ", ");
        if (is_map) {
            append_plain(line, frame, frame.read(), depth + 1);
            appendStringInfoString(line, ": ");
        }
        append_plain(line, frame, frame.read(), depth + 1);
    }
    appendStringInfoChar(line, is_map ? '}' : ']');
}

void append_plain(StringInfo line, FrameReader& frame, const WireValue& value, std::uint32_t depth) {
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
            append_plain_container(line, frame, value, depth);
            break;
    }
}

void append_plain(StringInfo line, FrameReader& frame, const WireValue& value) {
    append_plain(line, frame, value, 0);
}

// What is made of parts is put together first, so that it is escaped once, as a whole.
void append_composed(StringInfo line, FrameReader& frame, const WireValue& value, const ValueType& type) {
    StringInfoData text;
    initStringInfo(&text);
    if (type.encoding == wire::Encoding::json) {
        append_document(&text, frame, value);
    } else {
        append_nested(&text, frame, value, type);
    }
    append_visible(line, {text.data, static_cast<std::size_t>(text.len)});
    pfree(text.data);
}

}  // namespace

void append_value(StringInfo line, FrameReader& frame) {
    append_plain(line, frame, frame.read());
}

void append_value(StringInfo line, FrameReader& frame, const ValueType& type) {
    const WireValue value = frame.read();
    const bool is_container = value.kind == Kind::array || value.kind == Kind::map;
    if (value.kind == Kind::extension) {
        append_extension(line, frame, value, type.encoding);
    } else if (value.kind == Kind::nil || is_text_instead(value, type.encoding)) {
        append_plain(line, frame, value);
    } else if (type.encoding >= wire::Encoding::array || (type.encoding == wire::Encoding::json && is_container)) {
        append_composed(line, frame, value, type);
    } else if (type.encoding == wire::Encoding::boolean && value.kind == Kind::boolean) {
        append_plain(line, frame, value);
    } else if (type.encoding == wire::Encoding::text && (value.kind == Kind::str || value.kind == Kind::bin)) {
        append_plain(line, frame, value);
    } else {
        const bool is_bits = type.encoding == wire::Encoding::bits;
        appendStringInfoString(line, is_bits ? "B'" : "");
        append_scalar(line, frame, value, type.encoding, type.scale);
        appendStringInfoString(line, is_bits ? "'" : "");
    }
}

void append_text(StringInfo line, FrameReader& frame) {
    append_value(line, frame, ValueType{});
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

}  // namespace glassflow
