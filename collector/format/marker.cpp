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

void write_size_marker(JsonWriter& writer, std::uint64_t size_bytes) {
    writer.begin_object();
    writer.key("_too_large_bytes");
    writer.unsigned_integer(size_bytes);
    writer.end_object();
}

void write_message_field(JsonWriter& writer, std::string_view field, std::string_view bytes,
                         std::uint64_t omitted_bytes) {
    writer.key(field);
    if (omitted_bytes > 0) {
        write_size_marker(writer, omitted_bytes);
        return;
    }
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
        write_size_marker(writer, value.size_bytes);
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

void write_message_fields(JsonWriter& writer, const event::LogicalMessage& message) {
    write_message_field(writer, "prefix", message.prefix, message.omitted_prefix_bytes);
    write_message_field(writer, "content", message.content, message.omitted_content_bytes);
}

}  // namespace glassflow::format
