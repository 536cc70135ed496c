// Recursion follows the types within types of a relation record, which are wire::max_type_depth deep at most.
#include "value_type.h"

#include "escaped_text.h"

namespace glassflow {

namespace {

constexpr const char* encoding_names[] = {
    "text",      "boolean",     "integer", "float4", "float8",    "bytes",    "uuid",       "date",
    "timestamp", "timestamptz", "decimal", "time",   "timetz",    "interval", "json",       "bits",
    "inet",      "cidr",        "macaddr", "array",  "composite", "range",    "multirange",
};
static_assert(lengthof(encoding_names) == static_cast<std::size_t>(wire::Encoding::multirange) + 1);

constexpr std::uint32_t max_scale = 18;

}  // namespace

const char* encoding_name(wire::Encoding encoding) {
    return encoding_names[static_cast<std::size_t>(encoding)];
}

wire::Encoding read_encoding(FrameReader& frame) {
    const std::uint64_t encoding = frame.read_unsigned("encoding");
    if (encoding >= lengthof(encoding_names)) {
        frame.refuse("encoding is unknown");
    }
    return static_cast<wire::Encoding>(encoding);
}

void DetailReader::read(ValueType& type, std::uint32_t& remaining, StringInfo line, std::uint32_t depth) {
    appendStringInfoString(line, encoding_name(type.encoding));
    switch (type.encoding) {
        case wire::Encoding::decimal:
            frame_.require(remaining, 1);
            type.scale = frame_.read_unsigned32("scale");
            if (type.scale > max_scale) {
                frame_.refuse("scale is too large");
            }
            appendStringInfo(line, "(%u)", type.scale);
            break;
        case wire::Encoding::array:
        case wire::Encoding::range:
        case wire::Encoding::multirange:
            frame_.require(remaining, 1);
            appendStringInfoString(line, " of ");
            add_parts(type, 1, depth);
            read_part(type.parts[0], frame_.read_array("type within a type"), line, depth + 1);
            break;
        case wire::Encoding::composite:
            frame_.require(remaining, 1);
            read_fields(type, line, depth);
            break;
        default:
            break;
    }
}

void DetailReader::read_fields(ValueType& type, StringInfo line, std::uint32_t depth) {
    const std::uint32_t count = frame_.read_array("fields");
    add_parts(type, count, depth);
    appendStringInfoString(line, " (");
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t remaining = frame_.read_array("field");
        frame_.require(remaining, 1);
        appendStringInfoString(line, i == 0 ? "" : ", ");
        append_name(line, frame_.read_text("field name"));
        appendStringInfoChar(line, ' ');
        read_part(type.parts[i], remaining, line, depth + 1);
    }
    appendStringInfoChar(line, ')');
}

void DetailReader::read_part(ValueType& part, std::uint32_t remaining, StringInfo line, std::uint32_t depth) {
    frame_.require(remaining, 4);
    frame_.read_text("type");
    part.oid = frame_.read_unsigned32("type oid");
    frame_.read_signed("typmod");
    part.encoding = read_encoding(frame_);
    read(part, remaining, line, depth);
    frame_.skip(remaining);
}

void DetailReader::add_parts(ValueType& type, std::uint32_t count, std::uint32_t depth) {
    if (depth == wire::max_type_depth) {
        frame_.refuse("types are nested too deep");
    }
    if (count > wire::max_types_in_column - type_count_) {
        frame_.refuse("column has too many types within its type");
    }
    type_count_ += count;
    type.parts =
        static_cast<ValueType*>(MemoryContextAllocZero(context_, Max(std::size_t{1}, count * sizeof(ValueType))));
    type.part_count = count;
}

}  // namespace glassflow
