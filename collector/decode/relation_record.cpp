// Relation records; the layout is docs/wire_format.md's.
#include "decode/relation_record.h"

#include <limits>
#include <type_traits>
#include <utility>

#include "decode/decode_error.h"
#include "event/utf8.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

using event::Encoding;

// Both enums are written down, one for each side of this room; they must agree.
template <typename Enum>
constexpr auto number(Enum value) {
    return static_cast<std::underlying_type_t<Enum>>(value);
}
static_assert(number(wire::Encoding::text) == number(Encoding::text));
static_assert(number(wire::Encoding::boolean) == number(Encoding::boolean));
static_assert(number(wire::Encoding::integer) == number(Encoding::integer));
static_assert(number(wire::Encoding::float4) == number(Encoding::float4));
static_assert(number(wire::Encoding::float8) == number(Encoding::float8));
static_assert(number(wire::Encoding::bytes) == number(Encoding::bytes));
static_assert(number(wire::Encoding::uuid) == number(Encoding::uuid));
static_assert(number(wire::Encoding::date) == number(Encoding::date));
static_assert(number(wire::Encoding::timestamp) == number(Encoding::timestamp));
static_assert(number(wire::Encoding::timestamptz) == number(Encoding::timestamptz));
static_assert(number(wire::Encoding::decimal) == number(Encoding::decimal));
static_assert(number(wire::Encoding::time) == number(Encoding::time));
static_assert(number(wire::Encoding::timetz) == number(Encoding::timetz));
static_assert(number(wire::Encoding::interval) == number(Encoding::interval));
static_assert(number(wire::Encoding::json) == number(Encoding::json));
static_assert(number(wire::Encoding::bits) == number(Encoding::bits));
static_assert(number(wire::Encoding::inet) == number(Encoding::inet));
static_assert(number(wire::Encoding::cidr) == number(Encoding::cidr));
static_assert(number(wire::Encoding::macaddr) == number(Encoding::macaddr));
static_assert(number(wire::Encoding::array) == number(Encoding::array));
static_assert(number(wire::Encoding::composite) == number(Encoding::composite));
static_assert(number(wire::Encoding::range) == number(Encoding::range));
static_assert(number(wire::Encoding::multirange) == number(Encoding::multirange));

constexpr std::uint32_t relation_elements = 7;
constexpr std::uint32_t column_elements = 6;  // without detail
constexpr std::uint32_t type_elements = 4;    // of a type within a type, without detail
constexpr std::uint32_t max_columns = 1600;   // MaxHeapAttributeNumber
constexpr std::uint64_t max_scale = 18;       // 10^18 is the largest power of ten in 64 bits with a sign
constexpr std::uint64_t max_uint32 = std::numeric_limits<std::uint32_t>::max();

// A name of an SQL_ASCII database may be any bytes (then it comes as bin), but whoever reads events needs text: bytes
// beyond ASCII become \xhh and a backslash is doubled, so that two names never become one.
std::string escape_name(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string name;
    for (const char character : bytes) {
        const auto byte = static_cast<std::uint8_t>(character);
        if (byte >= 0x80) {
            name += "\\x";
            name += digits[byte >> 4];
            name += digits[byte & 0xF];
        } else if (character == '\\') {
            name += "\\\\";
        } else {
            name += character;
        }
    }
    return name;
}

std::string read_name(FrameCursor& cursor, std::string_view what) {
    if (cursor.next_type() == FrameCursor::Type::bytes)
        return escape_name(cursor.read_bytes(what));
    return std::string(cursor.read_text(what));
}

event::ReplicaIdentity read_identity(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    const std::string_view letter = cursor.read_text("replica identity");
    if (letter.size() != 1 || std::string_view("difn").find(letter[0]) == std::string_view::npos)
        throw_malformed("unknown replica identity", start);
    return static_cast<event::ReplicaIdentity>(letter[0]);
}

Encoding read_encoding(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    const std::uint64_t encoding = cursor.read_unsigned("column encoding", max_uint32);
    if (encoding > number(Encoding::multirange))
        throw_malformed("unknown column encoding " + std::to_string(encoding), start);
    return static_cast<Encoding>(encoding);
}

std::int32_t read_typmod(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    const std::int64_t typmod = cursor.read_signed("type modifier");
    if (!std::in_range<std::int32_t>(typmod))
        throw_malformed("type modifier is out of range", start);
    return static_cast<std::int32_t>(typmod);
}

bool has_detail(Encoding encoding) {
    return encoding == Encoding::decimal || encoding >= Encoding::array;
}

// One column, with the types within its type. They come from the wire: how deep and how many they are is bounded, so
// that neither the stack nor what a row is read with can be exhausted.
class ColumnReader {
public:
    explicit ColumnReader(FrameCursor& cursor) : cursor_(cursor) {}

    event::Column read() {
        const std::size_t start = cursor_.offset();
        const std::uint32_t elements = cursor_.read_array("column");
        if (elements < column_elements)
            throw_malformed("column with too few elements", start);
        event::Column column;
        column.name = read_name(cursor_, "column name");
        read_type(column);
        const std::uint64_t flags = cursor_.read_unsigned("column flags", max_uint32);
        column.is_key = (flags & wire::column_is_key) != 0;
        column.is_not_null = (flags & wire::column_is_not_null) != 0;
        column.is_generated = (flags & wire::column_is_generated) != 0;
        column.is_masked = (flags & wire::column_is_masked) != 0;
        read_rest(column, elements - column_elements, 0);
        return column;
    }

private:
    void read_type(event::Column& column) {
        column.type = read_name(cursor_, "column type");
        column.type_oid = static_cast<std::uint32_t>(cursor_.read_unsigned("type oid", max_uint32));
        column.typmod = read_typmod(cursor_);
        column.encoding = read_encoding(cursor_);
    }

    // What follows the elements of a column or type that every encoding has; depth is how many types it is within.
    void read_rest(event::Column& column, std::uint32_t elements, std::uint32_t depth) {
        if (has_detail(column.encoding)) {
            if (elements == 0)
                throw_malformed("column without the detail of its encoding", cursor_.offset());
            read_detail(column, depth);
            --elements;
        }
        cursor_.skip(elements);
    }

    void read_detail(event::Column& column, std::uint32_t depth) {
        if (column.encoding == Encoding::decimal) {
            column.scale = static_cast<std::uint32_t>(cursor_.read_unsigned("scale", max_scale));
            return;
        }
        if (column.encoding != Encoding::composite) {
            column.parts.push_back(read_type_within(depth + 1, ""));
            return;
        }
        const std::uint32_t fields = cursor_.read_array("fields");
        for (std::uint32_t i = 0; i < fields; ++i)
            column.parts.push_back(read_type_within(depth + 1, "field name"));
    }

    // A field has a name first; name says what that is called in messages.
    event::Column read_type_within(std::uint32_t depth, std::string_view name) {
        const std::size_t start = cursor_.offset();
        if (depth > wire::max_type_depth)
            throw_malformed("column with types nested too deeply", start);
        if (++types_ > wire::max_types_in_column)
            throw_malformed("column with too many types in its type", start);
        const std::uint32_t known = type_elements + (name.empty() ? 0 : 1);
        const std::uint32_t elements = cursor_.read_array("type within a type");
        if (elements < known)
            throw_malformed("type within a type with too few elements", start);
        event::Column type;
        if (!name.empty())
            type.name = read_name(cursor_, name);
        read_type(type);
        read_rest(type, elements - known, depth);
        return type;
    }

    FrameCursor& cursor_;
    std::uint32_t types_ = 0;  // read so far, without the column's own
};

// The same columns that carry the key flag. An index may name a column twice, then so does its key.
void read_key(FrameCursor& cursor, event::Relation& relation) {
    const std::size_t start = cursor.offset();
    const std::uint32_t length = cursor.read_array("key positions");
    std::vector<bool> seen(relation.columns.size());
    for (std::uint32_t i = 0; i < length; ++i) {
        const std::size_t position_start = cursor.offset();
        const std::uint64_t position = cursor.read_unsigned("key position", max_uint32);
        if (position >= relation.columns.size())
            throw_malformed("key position that names no column", position_start);
        seen[position] = true;
        relation.key.push_back(static_cast<std::uint32_t>(position));
    }
    for (std::size_t position = 0; position < seen.size(); ++position) {
        if (relation.columns[position].is_key != seen[position])
            throw_malformed("key positions and key flags of the columns disagree", start);
    }
}

}  // namespace

event::Relation read_relation(FrameCursor& cursor, std::uint32_t elements) {
    if (elements < relation_elements)
        throw_malformed("relation record with too few elements", cursor.offset());
    event::Relation relation;
    relation.id = static_cast<std::uint32_t>(cursor.read_unsigned("relation id", max_uint32));
    relation.oid = static_cast<std::uint32_t>(cursor.read_unsigned("relation oid", max_uint32));
    relation.schema = read_name(cursor, "schema name");
    relation.table = read_name(cursor, "table name");
    relation.identity = read_identity(cursor);
    const std::size_t columns_start = cursor.offset();
    const std::uint32_t columns = cursor.read_array("columns");
    if (columns > max_columns)
        throw_malformed("relation with more columns than a table can have", columns_start);
    relation.columns.reserve(columns);
    for (std::uint32_t i = 0; i < columns; ++i)
        relation.columns.push_back(ColumnReader(cursor).read());
    read_key(cursor, relation);
    cursor.skip(elements - relation_elements);
    return relation;
}

std::string name_text(std::string_view bytes) {
    return event::is_utf8(bytes) ? std::string(bytes) : escape_name(bytes);
}

std::string quoted_name(const event::Relation& relation) {
    return "\"" + relation.schema + "\".\"" + relation.table + "\"";
}

}  // namespace glassflow::decode
