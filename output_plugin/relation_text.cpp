// Column by column. What a later version appends to a column or a type is passed over.
#include "relation_text.h"

#include "escaped_text.h"

namespace glassflow {

namespace {

const char* identity_name(char identity) {
    switch (identity) {
        case 'd':
            return "default";
        case 'i':
            return "index";
        case 'f':
            return "full";
        case 'n':
            return "nothing";
        default:
            return nullptr;
    }
}

// "id integer as integer not null key"
void read_column(FrameReader& frame, RelationText& relation, StringInfo line, bool has_positions) {
    std::uint32_t remaining = frame.read_array("column");
    frame.require(remaining, 6);
    StringInfoData name;
    initStringInfo(&name);
    append_name(&name, frame.read_text("column name"));
    const std::string_view type_name = frame.read_text("column type");
    ValueType type;
    type.oid = frame.read_unsigned32("type oid");
    const std::int64_t typmod = frame.read_signed("typmod");
    type.encoding = read_encoding(frame);
    const std::uint64_t flags = frame.read_unsigned("column flags");

    appendStringInfo(line, "%s ", name.data);
    append_escaped(line, type_name);
    if (type.encoding != wire::Encoding::text) {
        appendStringInfoString(line, " as ");
        DetailReader(frame, relation.context).read(type, remaining, line);
    }
    frame.skip(remaining);
    if (has_positions) {
        appendStringInfo(line, " oid=%u typmod=%lld", type.oid, static_cast<long long>(typmod));
    }
    appendStringInfoString(line, (flags & wire::column_is_not_null) != 0 ? " not null" : "");
    appendStringInfoString(line, (flags & wire::column_is_generated) != 0 ? " generated" : "");
    appendStringInfoString(line, (flags & wire::column_is_key) != 0 ? " key" : "");
    appendStringInfoString(line, (flags & wire::column_is_masked) != 0 ? " masked" : "");
    relation.columns[relation.column_count++] = {MemoryContextStrdup(relation.context, name.data), type};
    pfree(name.data);
}

void read_columns(FrameReader& frame, RelationText& relation, StringInfo line, bool has_positions) {
    const std::uint32_t count = frame.read_array("columns");
    relation.columns = static_cast<RelationText::Column*>(
        MemoryContextAllocHuge(relation.context, Max(std::size_t{1}, count * sizeof(RelationText::Column))));
    for (std::uint32_t i = 0; i < count; ++i) {
        appendStringInfoString(line, i == 0 ? "" : ", ");
        read_column(frame, relation, line, has_positions);
    }
}

void read_key(FrameReader& frame, RelationText& relation, StringInfo line) {
    const std::uint32_t count = frame.read_array("key");
    relation.key = static_cast<std::uint32_t*>(
        MemoryContextAllocHuge(relation.context, Max(std::size_t{1}, count * sizeof(std::uint32_t))));
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t position = frame.read_unsigned32("key position");
        if (position >= relation.column_count) {
            frame.refuse("key position is past the last column");
        }
        relation.key[i] = position;
        relation.key_count = i + 1;
        appendStringInfo(line, "%s%s", i == 0 ? " key=(" : ", ", relation.columns[position].name);
    }
    appendStringInfoString(line, count == 0 ? "" : ")");
}

}  // namespace

void read_relation(FrameReader& frame, RelationText& relation, StringInfo line, bool has_positions) {
    const std::uint32_t oid = frame.read_unsigned32("relation oid");
    const std::string_view schema = frame.read_text("schema");
    const std::string_view table = frame.read_text("table");
    const std::string_view identity = frame.read_text("identity");
    if (identity.size() != 1 || identity_name(identity[0]) == nullptr) {
        frame.refuse("identity is not one of d, i, f, n");
    }
    relation.identity = identity[0];

    StringInfoData name;
    initStringInfo(&name);
    append_name(&name, schema);
    appendStringInfoChar(&name, '.');
    append_name(&name, table);
    relation.name = MemoryContextStrdup(relation.context, name.data);

    appendStringInfo(line, "relation %u %s", relation.id, relation.name);
    if (has_positions) {
        appendStringInfo(line, " oid=%u", oid);
    }
    appendStringInfo(line, " identity=%s (", identity_name(relation.identity));
    read_columns(frame, relation, line, has_positions);
    appendStringInfoChar(line, ')');
    read_key(frame, relation, line);
}

}  // namespace glassflow
