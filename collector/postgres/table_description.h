// A table as its catalog describes it: what a destination has to know to make room for its rows.
//
// Values only, no libpq: other rooms include this header alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::postgres {

// The type of a column after every domain over it was looked through.
struct ColumnType {
    std::string text;    // as format_type() prints the declared type: "numeric(10,2)", "shop.mood", "integer[]"
    std::string schema;  // of the base type
    std::string name;    // of the base type, as pg_type has it: "int8", "mood"
    char kind = 'b';     // pg_type.typtype of the base type: b base, c composite, e enum, r range, m multirange
    std::int32_t typmod = -1;
    bool is_domain = false;
    std::vector<std::string> labels;   // of an enum, in its order
    std::vector<ColumnType> elements;  // of an array: one, what it holds; else none
    int dimensions = 0;                // of an array: as declared, at least 1; Postgres does not enforce it

    bool is_array() const { return !elements.empty(); }
    bool is_built_in() const { return schema == "pg_catalog"; }
};

struct ColumnDescription {
    std::string name;
    ColumnType type;
    bool is_not_null = false;  // by the column or by a domain
    bool is_generated = false;
};

struct TableDescription {
    std::uint32_t oid = 0;
    std::string schema;
    std::string name;
    char identity = 'd';                     // pg_class.relreplident
    bool is_partition = false;               // its rows are captured under its own name
    std::vector<ColumnDescription> columns;  // those that rows carry: neither dropped nor virtual ones
    // Positions in columns of the replica identity index's columns, in key order; of the primary key when the identity
    // is FULL or NOTHING; empty when there is neither.
    std::vector<std::size_t> key;
};

}  // namespace glassflow::postgres
