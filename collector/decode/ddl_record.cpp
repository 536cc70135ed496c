// docs/event_forms.md has the object's members.
#include "decode/ddl_record.h"

#include <limits>

#include "decode/decode_error.h"
#include "decode/json_document.h"
#include "decode/relation_record.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

constexpr std::uint32_t ddl_elements = 6;
constexpr std::uint32_t object_elements = 6;
constexpr std::uint32_t column_elements = 3;
constexpr std::uint64_t max_uint32 = std::numeric_limits<std::uint32_t>::max();

class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
    void end() { out_ += '}'; }
    std::string& key(std::string_view name) {
        if (out_.back() != '{')
            out_ += ',';
        append_json_string(out_, name);
        out_ += ':';
        return out_;
    }
    void boolean(std::string_view name, bool value) { key(name) += value ? "true" : "false"; }

private:
    std::string& out_;
};

// A text of an SQL_ASCII database may be any bytes.
void copy_text(FrameCursor& cursor, std::string_view what, std::string& out) {
    if (cursor.next_type() == FrameCursor::Type::bytes)
        append_json_string(out, name_text(cursor.read_bytes(what)));
    else
        append_json_string(out, cursor.read_text(what));
}

void copy_optional_text(FrameCursor& cursor, std::string_view what, std::string& out) {
    if (cursor.read_nil())
        out += "null";
    else
        copy_text(cursor, what, out);
}

void require(std::uint32_t elements, std::uint32_t known, std::string_view what, std::size_t offset) {
    if (elements < known)
        throw_malformed(std::string(what) + " with too few elements", offset);
}

void copy_column(FrameCursor& cursor, std::string& out) {
    const std::size_t start = cursor.offset();
    const std::uint32_t elements = cursor.read_array("column of an object");
    require(elements, column_elements, "column of an object", start);
    ObjectWriter column(out);
    copy_text(cursor, "column name", column.key("name"));
    copy_text(cursor, "column type", column.key("type"));
    const std::uint64_t flags = cursor.read_unsigned("column flags", max_uint32);
    column.boolean("is_not_null", (flags & wire::column_is_not_null) != 0);
    column.end();
    cursor.skip(elements - column_elements);
}

// Array elements, each copied by copy.
template <typename Copy>
void copy_array(FrameCursor& cursor, std::string_view what, std::string& out, Copy copy) {
    const std::uint32_t count = cursor.read_array(what);
    out += '[';
    for (std::uint32_t i = 0; i < count; ++i) {
        out += i == 0 ? "" : ",";
        copy(cursor, out);
    }
    out += ']';
}

void copy_object(FrameCursor& cursor, std::string& out) {
    const std::size_t start = cursor.offset();
    const std::uint32_t elements = cursor.read_array("object");
    require(elements, object_elements, "object", start);
    ObjectWriter object(out);
    copy_text(cursor, "command of an object", object.key("command"));
    copy_text(cursor, "type of an object", object.key("type"));
    copy_optional_text(cursor, "schema of an object", object.key("schema"));
    copy_text(cursor, "identity of an object", object.key("identity"));
    const std::uint64_t flags = cursor.read_unsigned("object flags", max_uint32);
    object.boolean("is_dropped", (flags & wire::object_is_dropped) != 0);
    if (!cursor.read_nil())
        copy_array(cursor, "columns of an object", object.key("columns"), copy_column);
    object.end();
    cursor.skip(elements - object_elements);
}

}  // namespace

void read_ddl(FrameCursor& cursor, std::uint32_t elements, std::string& content) {
    require(elements, ddl_elements, "ddl record", cursor.offset());
    content.clear();
    const std::uint64_t flags = cursor.read_unsigned("ddl flags", max_uint32);
    ObjectWriter change(content);
    copy_text(cursor, "command", change.key("command"));
    copy_text(cursor, "user", change.key("user"));
    copy_optional_text(cursor, "statement", change.key("statement"));
    change.boolean("statement_is_cut", (flags & wire::ddl_statement_is_cut) != 0);
    change.boolean("is_signed", (flags & wire::ddl_is_signed) != 0);
    copy_array(cursor, "objects", change.key("objects"), copy_object);
    change.key("omitted_objects") += std::to_string(cursor.read_unsigned("omitted count", max_uint32));
    change.end();
    cursor.skip(elements - ddl_elements);
}

}  // namespace glassflow::decode
