// Character by character, UTF-8 in, the database's encoding out.
#include "escaped_text.h"

namespace glassflow {

namespace {

// What a terminal would obey instead of show: C0, DEL and C1 controls, line separators, direction overrides.
bool is_control(pg_wchar c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
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

void append_control(StringInfo line, pg_wchar c) {
    if (c == '\n' || c == '\r' || c == '\t') {
        appendStringInfo(line, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else {
        appendStringInfo(line, "\\u%04x", c);
    }
}

// Zero bytes are not UTF-8 for the server, so they are shown in hex, too. A backslash stands before each of `special`.
void append_with_escapes(StringInfo line, std::string_view text, std::string_view special) {
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
        if (is_control(c)) {
            append_control(line, c);
        } else {
            if (size == 1 && special.find(static_cast<char>(c)) != std::string_view::npos) {
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

}  // namespace

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

void append_quoted(StringInfo line, std::string_view text) {
    appendStringInfoChar(line, '\'');
    append_with_escapes(line, text, "\\'");
    appendStringInfoChar(line, '\'');
}

void append_name(StringInfo line, std::string_view name) {
    if (is_simple_name(name)) {
        appendBinaryStringInfo(line, name.data(), static_cast<int>(name.size()));
        return;
    }
    appendStringInfoChar(line, '"');
    append_with_escapes(line, name, "\\\"");
    appendStringInfoChar(line, '"');
}

void append_escaped(StringInfo line, std::string_view text) {
    append_with_escapes(line, text, "\\");
}

void append_visible(StringInfo line, std::string_view text) {
    append_with_escapes(line, text, "");
}

}  // namespace glassflow
