// The table, as pg_type of PostgreSQL 15 has it; numbers below 10000 never change their meaning. What is newer is not
// here and is taken for its text.
#include "decode/builtin_types.h"

#include <algorithm>
#include <array>
#include <utility>

namespace glassflow::decode {

namespace {

using event::Encoding;

constexpr BuiltinType types[] = {
    // oid, of its array, of its bounds
    {16, 1000, 0, "boolean", "bool", Encoding::boolean, BinaryForm::native, false},
    {17, 1001, 0, "bytea", "bytea", Encoding::bytes, BinaryForm::native, true},
    {18, 1002, 0, "\"char\"", "char", Encoding::text, BinaryForm::text, false},
    {19, 1003, 0, "name", "name", Encoding::text, BinaryForm::text, false},
    {20, 1016, 0, "bigint", "int8", Encoding::integer, BinaryForm::native, false},
    {21, 1005, 0, "smallint", "int2", Encoding::integer, BinaryForm::native, false},
    {22, 1006, 0, "int2vector", "int2vector", Encoding::text, BinaryForm::opaque, false},
    {23, 1007, 0, "integer", "int4", Encoding::integer, BinaryForm::native, false},
    {24, 1008, 0, "regproc", "regproc", Encoding::text, BinaryForm::opaque, false},
    {25, 1009, 0, "text", "text", Encoding::text, BinaryForm::text, true},
    {26, 1028, 0, "oid", "oid", Encoding::integer, BinaryForm::native, false},
    {27, 1010, 0, "tid", "tid", Encoding::text, BinaryForm::tuple, false},
    {28, 1011, 0, "xid", "xid", Encoding::integer, BinaryForm::native, false},
    {29, 1012, 0, "cid", "cid", Encoding::integer, BinaryForm::native, false},
    {30, 1013, 0, "oidvector", "oidvector", Encoding::text, BinaryForm::opaque, false},
    {114, 199, 0, "json", "json", Encoding::text, BinaryForm::text, true},
    {142, 143, 0, "xml", "xml", Encoding::text, BinaryForm::text, true},
    {194, 0, 0, "pg_node_tree", "pg_node_tree", Encoding::text, BinaryForm::opaque, true},
    {600, 1017, 0, "point", "point", Encoding::text, BinaryForm::opaque, false},
    {601, 1018, 0, "lseg", "lseg", Encoding::text, BinaryForm::opaque, false},
    {602, 1019, 0, "path", "path", Encoding::text, BinaryForm::opaque, true},
    {603, 1020, 0, "box", "box", Encoding::text, BinaryForm::opaque, false},
    {604, 1027, 0, "polygon", "polygon", Encoding::text, BinaryForm::opaque, true},
    {628, 629, 0, "line", "line", Encoding::text, BinaryForm::opaque, false},
    {650, 651, 0, "cidr", "cidr", Encoding::cidr, BinaryForm::native, true},
    {700, 1021, 0, "real", "float4", Encoding::float4, BinaryForm::native, false},
    {701, 1022, 0, "double precision", "float8", Encoding::float8, BinaryForm::native, false},
    {718, 719, 0, "circle", "circle", Encoding::text, BinaryForm::opaque, false},
    {774, 775, 0, "macaddr8", "macaddr8", Encoding::macaddr, BinaryForm::native, false},
    {790, 791, 0, "money", "money", Encoding::text, BinaryForm::opaque, false},
    {829, 1040, 0, "macaddr", "macaddr", Encoding::macaddr, BinaryForm::native, false},
    {869, 1041, 0, "inet", "inet", Encoding::inet, BinaryForm::native, true},
    {1033, 1034, 0, "aclitem", "aclitem", Encoding::text, BinaryForm::opaque, false},
    {1042, 1014, 0, "character", "bpchar", Encoding::text, BinaryForm::text, true},
    {1043, 1015, 0, "character varying", "varchar", Encoding::text, BinaryForm::text, true},
    {1082, 1182, 0, "date", "date", Encoding::date, BinaryForm::native, false},
    {1083, 1183, 0, "time without time zone", "time", Encoding::time, BinaryForm::native, false},
    {1114, 1115, 0, "timestamp without time zone", "timestamp", Encoding::timestamp, BinaryForm::native, false},
    {1184, 1185, 0, "timestamp with time zone", "timestamptz", Encoding::timestamptz, BinaryForm::native, false},
    {1186, 1187, 0, "interval", "interval", Encoding::interval, BinaryForm::native, false},
    {1266, 1270, 0, "time with time zone", "timetz", Encoding::timetz, BinaryForm::native, false},
    {1560, 1561, 0, "bit", "bit", Encoding::bits, BinaryForm::native, true},
    {1562, 1563, 0, "bit varying", "varbit", Encoding::bits, BinaryForm::native, true},
    {1700, 1231, 0, "numeric", "numeric", Encoding::decimal, BinaryForm::native, true},
    {1790, 2201, 0, "refcursor", "refcursor", Encoding::text, BinaryForm::text, true},
    {2202, 2207, 0, "regprocedure", "regprocedure", Encoding::text, BinaryForm::opaque, false},
    {2203, 2208, 0, "regoper", "regoper", Encoding::text, BinaryForm::opaque, false},
    {2204, 2209, 0, "regoperator", "regoperator", Encoding::text, BinaryForm::opaque, false},
    {2205, 2210, 0, "regclass", "regclass", Encoding::text, BinaryForm::opaque, false},
    {2206, 2211, 0, "regtype", "regtype", Encoding::text, BinaryForm::opaque, false},
    {2950, 2951, 0, "uuid", "uuid", Encoding::uuid, BinaryForm::native, false},
    {2970, 2949, 0, "txid_snapshot", "txid_snapshot", Encoding::text, BinaryForm::opaque, true},
    {3220, 3221, 0, "pg_lsn", "pg_lsn", Encoding::text, BinaryForm::lsn, false},
    {3361, 0, 0, "pg_ndistinct", "pg_ndistinct", Encoding::text, BinaryForm::opaque, true},
    {3402, 0, 0, "pg_dependencies", "pg_dependencies", Encoding::text, BinaryForm::opaque, true},
    {3614, 3643, 0, "tsvector", "tsvector", Encoding::text, BinaryForm::opaque, true},
    {3615, 3645, 0, "tsquery", "tsquery", Encoding::text, BinaryForm::opaque, false},
    {3642, 3644, 0, "gtsvector", "gtsvector", Encoding::text, BinaryForm::opaque, false},
    {3734, 3735, 0, "regconfig", "regconfig", Encoding::text, BinaryForm::opaque, false},
    {3769, 3770, 0, "regdictionary", "regdictionary", Encoding::text, BinaryForm::opaque, false},
    {3802, 3807, 0, "jsonb", "jsonb", Encoding::json, BinaryForm::native, true},
    {3904, 3905, 23, "int4range", "int4range", Encoding::range, BinaryForm::native, true},
    {3906, 3907, 1700, "numrange", "numrange", Encoding::range, BinaryForm::native, true},
    {3908, 3909, 1114, "tsrange", "tsrange", Encoding::range, BinaryForm::native, true},
    {3910, 3911, 1184, "tstzrange", "tstzrange", Encoding::range, BinaryForm::native, true},
    {3912, 3913, 1082, "daterange", "daterange", Encoding::range, BinaryForm::native, true},
    {3926, 3927, 20, "int8range", "int8range", Encoding::range, BinaryForm::native, true},
    {4072, 4073, 0, "jsonpath", "jsonpath", Encoding::text, BinaryForm::text, true},
    {4089, 4090, 0, "regnamespace", "regnamespace", Encoding::text, BinaryForm::opaque, false},
    {4096, 4097, 0, "regrole", "regrole", Encoding::text, BinaryForm::opaque, false},
    {4191, 4192, 0, "regcollation", "regcollation", Encoding::text, BinaryForm::opaque, false},
    {4451, 6150, 23, "int4multirange", "int4multirange", Encoding::multirange, BinaryForm::native, true},
    {4532, 6151, 1700, "nummultirange", "nummultirange", Encoding::multirange, BinaryForm::native, true},
    {4533, 6152, 1114, "tsmultirange", "tsmultirange", Encoding::multirange, BinaryForm::native, true},
    {4534, 6153, 1184, "tstzmultirange", "tstzmultirange", Encoding::multirange, BinaryForm::native, true},
    {4535, 6155, 1082, "datemultirange", "datemultirange", Encoding::multirange, BinaryForm::native, true},
    {4536, 6157, 20, "int8multirange", "int8multirange", Encoding::multirange, BinaryForm::native, true},
    {4600, 0, 0, "pg_brin_bloom_summary", "pg_brin_bloom_summary", Encoding::text, BinaryForm::opaque, true},
    {4601, 0, 0, "pg_brin_minmax_multi_summary", "pg_brin_minmax_multi_summary", Encoding::text, BinaryForm::opaque,
     true},
    {5017, 0, 0, "pg_mcv_list", "pg_mcv_list", Encoding::text, BinaryForm::opaque, true},
    {5038, 5039, 0, "pg_snapshot", "pg_snapshot", Encoding::text, BinaryForm::opaque, true},
    {5069, 271, 0, "xid8", "xid8", Encoding::decimal, BinaryForm::native, false},
};

constexpr std::uint32_t bpchar_oid = 1042;
constexpr std::uint32_t varchar_oid = 1043;
constexpr std::uint32_t interval_oid = 1186;
constexpr std::uint32_t bit_oid = 1560;
constexpr std::uint32_t varbit_oid = 1562;
constexpr std::uint32_t numeric_oid = 1700;
constexpr std::int32_t header_bytes = 4;  // VARHDRSZ, which modifiers of lengths and precisions count
constexpr std::int32_t max_scale = 18;    // of a decimal

std::string in_parentheses(std::int32_t number) {
    return "(" + std::to_string(number) + ")";
}

std::string numeric_modifier(std::int32_t typmod) {
    const std::int32_t packed = typmod - header_bytes;
    const std::int32_t precision = packed >> 16 & 0xffff;
    const std::int32_t scale = ((packed & 0x7ff) ^ 1024) - 1024;  // eleven bits with a sign
    return "(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
}

// The fields that an interval is limited to are bits, and a precision below them.
std::string interval_modifier(std::int32_t typmod) {
    constexpr std::int32_t full_precision = 0xffff;
    constexpr std::int32_t month = 1 << 1, year = 1 << 2, day = 1 << 3, hour = 1 << 10, minute = 1 << 11,
                           second = 1 << 12;
    constexpr std::pair<std::int32_t, const char*> fields[] = {
        {year, " year"},
        {month, " month"},
        {day, " day"},
        {hour, " hour"},
        {minute, " minute"},
        {second, " second"},
        {year | month, " year to month"},
        {day | hour, " day to hour"},
        {day | hour | minute, " day to minute"},
        {day | hour | minute | second, " day to second"},
        {hour | minute, " hour to minute"},
        {hour | minute | second, " hour to second"},
        {minute | second, " minute to second"},
    };
    std::string text;
    for (const auto& [mask, name] : fields) {
        if ((typmod >> 16 & 0x7fff) == mask)
            text = name;
    }
    const std::int32_t precision = typmod & 0xffff;
    return precision == full_precision ? text : text + in_parentheses(precision);
}

bool has_precision_within(Encoding encoding) {
    return encoding == Encoding::time || encoding == Encoding::timetz || encoding == Encoding::timestamp ||
           encoding == Encoding::timestamptz;
}

template <typename Matches>
const BuiltinType* find(Matches matches) {
    const auto* const found = std::ranges::find_if(types, matches);
    return found == std::end(types) ? nullptr : found;
}

// For the hot path of nothing: looked up once per relation.
event::Column type_within(std::uint32_t oid, std::int32_t typmod) {
    event::Column column;
    describe_builtin(column, oid, typmod);
    return column;
}

}  // namespace

const BuiltinType* find_type(std::uint32_t oid) {
    return find([oid](const BuiltinType& type) { return type.oid == oid; });
}

const BuiltinType* find_element_type(std::uint32_t array_oid) {
    return array_oid == 0 ? nullptr
                          : find([array_oid](const BuiltinType& type) { return type.array_oid == array_oid; });
}

const BuiltinType* find_type_called(std::string_view name) {
    return find([name](const BuiltinType& type) { return type.name == name; });
}

const BuiltinType* find_type_raw_called(std::string_view name) {
    return find([name](const BuiltinType& type) { return type.raw_name == name; });
}

std::string type_name(const BuiltinType& type, std::int32_t typmod) {
    std::string name(type.name);
    if (typmod < 0) {
        // Without a length these two are not what SQL takes their names for.
        return type.oid == bpchar_oid ? "bpchar" : type.oid == bit_oid ? "\"bit\"" : name;
    }
    switch (type.oid) {
        case bpchar_oid:
        case varchar_oid:
            return name + in_parentheses(typmod - header_bytes);
        case bit_oid:
        case varbit_oid:
            return name + in_parentheses(typmod);
        case numeric_oid:
            return typmod < header_bytes ? name : name + numeric_modifier(typmod);
        case interval_oid:
            return name + interval_modifier(typmod);
        default:
            break;
    }
    if (has_precision_within(type.encoding))
        name.insert(name.find(' '), in_parentheses(typmod));
    return name;
}

std::string without_modifier(std::string_view name) {
    const std::size_t open = name.find('(');
    const std::size_t close = name.find(')', open == std::string_view::npos ? 0 : open);
    std::string bare(name);
    if (open != std::string_view::npos && close != std::string_view::npos)
        bare.erase(open, close - open + 1);
    if (bare.starts_with("interval "))
        bare = "interval";
    return bare == "bpchar" ? "character" : bare == "\"bit\"" ? "bit" : bare;
}

void describe_builtin(event::Column& column, std::uint32_t type_oid, std::int32_t typmod) {
    column.type_oid = type_oid;
    column.typmod = typmod;
    column.encoding = Encoding::text;
    column.scale = 0;
    column.parts.clear();
    if (const BuiltinType* type = find_type(type_oid)) {
        column.type = type_name(*type, typmod);
        column.encoding = type->encoding;
        if (type_oid == numeric_oid && typmod >= header_bytes) {
            const std::int32_t scale = (typmod - header_bytes) & 0x7ff;
            column.scale = scale > max_scale ? 0 : static_cast<std::uint32_t>(scale);
        }
        if (type->bound_oid != 0)
            column.parts.push_back(type_within(type->bound_oid, -1));
    } else if (const BuiltinType* element = find_element_type(type_oid)) {
        column.type = type_name(*element, typmod) + "[]";
        column.encoding = Encoding::array;
        column.parts.push_back(type_within(element->oid, typmod));
    }
}

void describe_other_array(event::Column& column, std::string element_name) {
    column.type = element_name + "[]";
    column.encoding = Encoding::array;
    column.parts.assign(1, {});
    column.parts.front().type = std::move(element_name);
}

}  // namespace glassflow::decode
