// Markers and encoded fields; docs/event_forms.md lists them.
#include "format/marker.h"

#include "event/utf8.h"
#include "format/binary_text.h"

namespace glassflow::format {

namespace {

void write_base64(JsonWriter& writer, std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    writer.string(text);
}

void write_text_or_base64(JsonWriter& writer, std::string_view field, std::string_view bytes) {
    writer.key(field);
    if (event::is_utf8(bytes)) {
        writer.string(bytes);
        return;
    }
    write_base64(writer, bytes);
    writer.field(std::string(field) + "_encoding", "base64");
}

}  // namespace

bool write_marker(JsonWriter& writer, const event::Value& value, const event::Column& column) {
    if (value.kind == event::Value::Kind::too_large) {
        writer.begin_object();
        writer.key("_too_large_bytes");
        writer.unsigned_integer(value.size_bytes);
        writer.end_object();
        return true;
    }
    if (value.kind == event::Value::Kind::bytes && column.encoding == event::Encoding::text) {
        writer.begin_object();
        writer.key("_not_utf8_base64");
        write_base64(writer, value.view);
        writer.end_object();
        return true;
    }
    return false;
}

void write_message_fields(JsonWriter& writer, std::string_view prefix, std::string_view content) {
    write_text_or_base64(writer, "prefix", prefix);
    write_text_or_base64(writer, "content", content);
}

}  // namespace glassflow::format
