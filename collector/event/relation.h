// A table as the plugin described it: valid until the next description of the same relation in the same stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::event {

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
    timestamptz
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
