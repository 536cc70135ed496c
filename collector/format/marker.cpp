// Markers and encoded fields; docs/event_forms.md lists them.
#include "format/marker.h"

#include "event/utf8.h"
#include "format/binary_text.h"
#include "format/nested_text.h"

namespace glassflow::format {

namespace {

void write_base64(JsonWriter& writer, std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    writer.string(text);
}

void write_not_utf8_marker(JsonWriter& writer, std::string_view bytes) {
    writer.begin_object();
    writer.key("_not_utf8_base64");
    write_base64(writer, bytes);
    writer.end_object();
}

// Do values of the encoding have bytes that are no text? Otherwise their bytes are text that is not UTF-8.
bool has_bytes(event::Encoding encoding) {
    switch (encoding) {
        case event::Encoding::bytes:
        case event::Encoding::uuid:
        case event::Encoding::bits:
        case event::Encoding::inet:
        case event::Encoding::cidr:
        case event::Encoding::macaddr:
            return true;
        default:
            return false;
    }
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

void write_size_marker(JsonWriter& writer, std::uint64_t size_bytes) {
    writer.begin_object();
    writer.key("_too_large_bytes");
    writer.unsigned_integer(size_bytes);
    writer.end_object();
}

bool write_marker(JsonWriter& writer, const event::Value& value, const event::Column& column) {
    if (value.kind == event::Value::Kind::too_large) {
        write_size_marker(writer, value.size_bytes);
        return true;
    }
    if (value.kind == event::Value::Kind::bytes && !has_bytes(column.encoding)) {
        write_not_utf8_marker(writer, value.view);
        return true;
    }
    return false;
}

bool is_nested(const event::Value& value, const event::Column& column) {
    return value.kind == event::Value::Kind::parts && column.encoding >= event::Encoding::array;
}

void write_nested(JsonWriter& writer, const event::Value& value, const event::Column& column, std::string& scratch) {
    scratch.clear();
    if (!append_nested_text(scratch, value, column))
        write_size_marker(writer, scratch.size());
    else if (event::is_utf8(scratch))
        writer.string(scratch);
    else
        write_not_utf8_marker(writer, scratch);
}

void write_message_fields(JsonWriter& writer, const event::LogicalMessage& message) {
    write_message_field(writer, "prefix", message.prefix, message.omitted_prefix_bytes);
    write_message_field(writer, "content", message.content, message.omitted_content_bytes);
}

}  // namespace glassflow::format
