// Recursion follows the document, which is wire::max_json_depth deep at most.
#include "document_text.h"

#include "escaped_text.h"
#include "scalar_text.h"
#include "wire_format.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && text[at + count] >= '0' && text[at + count] <= '9') {
        ++count;
    }
    return count;
}

// As JSON's grammar has it.
bool is_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) {
        return false;
    }
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t decimals = digits_at(text, at + 1);
        at += 1 + decimals;
        if (decimals == 0) {
            return false;
        }
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0;
        const std::size_t exponent = digits_at(text, at);
        at += exponent;
        if (exponent == 0) {
            return false;
        }
    }
    return at == text.size();
}

void append_string(StringInfo text, const FrameReader& frame, std::string_view string) {
    if (!is_utf8(string)) {
        frame.refuse("text in a document is not UTF-8");
    }
    appendStringInfoChar(text, '"');
    for (const char c : string) {
        static constexpr std::string_view special = "\"\\\b\f\n\r\t";
        static constexpr std::string_view letters = "\"\\bfnrt";
        const std::size_t found = special.find(c);
        if (found != std::string_view::npos) {
            appendStringInfoChar(text, '\\');
            appendStringInfoChar(text, letters[found]);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            appendStringInfo(text, "\\u%04x", static_cast<unsigned char>(c));
        } else {
            appendStringInfoCharMacro(text, c);
        }
    }
    appendStringInfoChar(text, '"');
}

void append_node(StringInfo text, FrameReader& frame, const WireValue& value, std::uint32_t depth);

void append_elements(StringInfo text, FrameReader& frame, const WireValue& container, std::uint32_t depth) {
    if (depth == wire::max_json_depth) {
        frame.refuse("document is nested too deep");
    }
    const bool is_object = container.kind == Kind::map;
    appendStringInfoChar(text, is_object ? '{' : '[');
    for (std::uint32_t i = 0; i < container.element_count; ++i) {
        CHECK_FOR_INTERRUPTS();
        appendStringInfoString(text, i == 0 ? "" : ", ");
        if (is_object) {
            const WireValue key = frame.read();
            if (key.kind != Kind::str) {
                frame.refuse("key in a document is not a text");
            }
            append_string(text, frame, key.bytes);
            appendStringInfoString(text, ": ");
        }
        append_node(text, frame, frame.read(), depth + 1);
    }
    appendStringInfoChar(text, is_object ? '}' : ']');
}

void append_node(StringInfo text, FrameReader& frame, const WireValue& value, std::uint32_t depth) {
    switch (value.kind) {
        case Kind::nil:
            appendStringInfoString(text, "null");
            return;
        case Kind::boolean:
            appendStringInfoString(text, value.boolean ? "true" : "false");
            return;
        case Kind::integer:
            append_integer(text, value);
            return;
        case Kind::str:
            append_string(text, frame, value.bytes);
            return;
        case Kind::extension:
            if (static_cast<wire::Extension>(value.extension_type) == wire::Extension::json_number &&
                is_number(value.bytes)) {
                appendBinaryStringInfo(text, value.bytes.data(), static_cast<int>(value.bytes.size()));
                return;
            }
            break;
        case Kind::array:
        case Kind::map:
            append_elements(text, frame, value, depth);
            return;
        default:
            break;
    }
    frame.refuse("value has no place in a document");
}

}  // namespace

void append_document(StringInfo text, FrameReader& frame, const WireValue& value) {
    append_elements(text, frame, value, 0);
}

}  // namespace glassflow
