// A table as the plugin described it: valid until the next description of the same relation in the same stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::event {

// How values of a column arrive (docs/wire_format.md); what they are is said by type.
enum class Encoding : std::uint8_t {
    text,
    boolean,
    integer,
    float4,
    float8,
    bytes,
    uuid,
    date,
    timestamp,
    timestamptz,
    decimal,
    time,
    timetz,
    interval,
    json,
    bits,
    inet,
    cidr,
    macaddr,
    array,
    composite,
    range,
    multirange
};

struct Column {
    std::string name;
    std::string type;  // as format_type() with search_path = pg_catalog prints it: "numeric(10,2)", "public.mood"
    std::uint32_t type_oid = 0;
    std::int32_t typmod = -1;
    Encoding encoding = Encoding::text;
    bool is_key = false;
    bool is_not_null = false;
    bool is_generated = false;
    // Its values are what a mask of the plugin left of them: text. Never to be read from the table.
    bool is_masked = false;
    std::uint32_t scale = 0;  // of decimal: decimals of an integer value
    // The types within: of an array its element, of a range or multirange its bound (one, without a name), of a
    // composite its fields. Only name, type, type_oid, typmod, encoding, scale and parts count in them.
    std::vector<Column> parts;
};

enum class ReplicaIdentity : char { default_ = 'd', index = 'i', full = 'f', nothing = 'n' };

struct Relation {
    std::uint32_t id = 0;   // given by the plugin, unique in a session
    std::uint32_t oid = 0;  // pg_class.oid
    std::string schema;
    std::string table;
    ReplicaIdentity identity = ReplicaIdentity::default_;
    std::vector<Column> columns;
    // Positions in columns of the replica identity index's columns, in key order; of the primary key when the identity
    // is FULL or NOTHING; empty when there is neither.
    std::vector<std::uint32_t> key;
};

}  // namespace glassflow::event
