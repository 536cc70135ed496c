#include "ddl_text.h"

#include "escaped_text.h"
#include "wire_format.h"

namespace glassflow {

namespace {

// 'text'; null for nil.
void append_optional(StringInfo line, FrameReader& frame, const char* what) {
    const WireValue value = frame.read();
    if (value.kind == WireValue::Kind::nil) {
        appendStringInfoString(line, "null");
    } else if (value.kind == WireValue::Kind::str || value.kind == WireValue::Kind::bin) {
        append_quoted(line, value.bytes);
    } else {
        frame.refuse(psprintf("%s is neither nil nor a text", what));
    }
}

void append_columns(StringInfo line, FrameReader& frame) {
    const WireValue columns = frame.read();
    if (columns.kind == WireValue::Kind::nil) {
        return;
    }
    if (columns.kind != WireValue::Kind::array) {
        frame.refuse("columns of an object are neither nil nor an array");
    }
    appendStringInfoString(line, " (");
    for (std::uint32_t i = 0; i < columns.element_count; ++i) {
        std::uint32_t remaining = frame.read_array("column of an object");
        frame.require(remaining, 3);
        appendStringInfoString(line, i == 0 ? "" : ", ");
        append_name(line, frame.read_text("column name"));
        appendStringInfoChar(line, ' ');
        append_escaped(line, frame.read_text("column type"));
        const bool is_not_null = (frame.read_unsigned("column flags") & wire::column_is_not_null) != 0;
        appendStringInfoString(line, is_not_null ? " not null" : "");
        frame.skip(remaining);
    }
    appendStringInfoChar(line, ')');
}

// " [CREATE TABLE table public.t in 'public' (id integer not null)]"
void append_object(StringInfo line, FrameReader& frame) {
    std::uint32_t remaining = frame.read_array("object");
    frame.require(remaining, 6);
    appendStringInfoString(line, " [");
    append_escaped(line, frame.read_text("command of an object"));
    appendStringInfoChar(line, ' ');
    append_escaped(line, frame.read_text("type of an object"));
    appendStringInfoString(line, " in ");
    append_optional(line, frame, "schema of an object");
    appendStringInfoChar(line, ' ');
    append_escaped(line, frame.read_text("identity of an object"));
    const bool is_dropped = (frame.read_unsigned("object flags") & wire::object_is_dropped) != 0;
    appendStringInfoString(line, is_dropped ? " dropped" : "");
    append_columns(line, frame);
    appendStringInfoChar(line, ']');
    frame.skip(remaining);
}

}  // namespace

void append_ddl(StringInfo line, FrameReader& frame) {
    const std::uint64_t flags = frame.read_unsigned("ddl flags");
    appendStringInfoString(line, (flags & wire::ddl_is_signed) != 0 ? " signed " : " ");
    append_quoted(line, frame.read_text("command"));
    appendStringInfoString(line, " user=");
    append_name(line, frame.read_text("user"));
    appendStringInfoString(line, " statement=");
    append_optional(line, frame, "statement");
    appendStringInfoString(line, (flags & wire::ddl_statement_is_cut) != 0 ? "..." : "");
    const std::uint32_t count = frame.read_array("objects");
    for (std::uint32_t i = 0; i < count; ++i) {
        append_object(line, frame);
    }
    if (const std::uint64_t omitted = frame.read_unsigned("omitted count"); omitted > 0) {
        appendStringInfo(line, " and %llu more", static_cast<unsigned long long>(omitted));
    }
}

}  // namespace glassflow
