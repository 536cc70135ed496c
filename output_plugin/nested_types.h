// Types that are made of types: what a plan must know of an array, composite, range or multirange to write its values
// without the catalog, and the planning, which looks all of it up.
#pragma once

#include "datum_encoder.h"
#include "tuple_layout.h"

namespace glassflow {

struct TypeWithin {
    const char* name;  // of a field, else nullptr
    Oid type;          // as it is declared: a domain's own
    std::int32_t typmod;
    ColumnEncoder encoder;
};

struct NestedType {
    Oid stored_oid = InvalidOid;      // what values say they are: of the element, row or range
    std::span<TypeWithin> parts;      // the element, the bound, or the fields
    AttributeLayout element = {};     // of an array
    TupleDesc row = nullptr;          // of a composite: a copy, since one of the cache would have to be given back
    TupleLayout fields;               // of row's attributes
    TypeCacheEntry* range = nullptr;  // of a range or multirange: the range's. The server never frees them
};
static_assert(std::is_trivially_destructible_v<NestedType>);

// Plans one column's type with all the types within it.
class TypePlanner {
public:
    // Plans go to context; watch is told what they were made from.
    TypePlanner(MemoryContext context, CatalogWatch& watch, std::uint32_t max_types)
        : context_(context), watch_(watch), types_left_(max_types) {}

    // Of no use when there are more types within it, or they are deeper, than a column may have.
    ColumnEncoder plan(Oid type, std::int32_t typmod);
    bool is_beyond_bounds() const { return is_beyond_bounds_; }

    // Through the output function, whatever the type.
    ColumnEncoder plan_as_text(Oid type);

private:
    struct Type;  // that is being planned

    bool plan_nested(ColumnEncoder& column, const Type& type);
    NestedType* plan_array(const Type& type, Oid element);
    NestedType* plan_composite(const Type& type);
    NestedType* plan_range(Oid range, Oid stored_oid);
    NestedType* make_nested(Oid stored_oid, std::size_t part_count);
    void plan_part(TypeWithin& part, const char* name, Oid type, std::int32_t typmod);

    MemoryContext context_;
    CatalogWatch& watch_;
    std::uint32_t types_left_;
    std::uint32_t depth_ = 0;
    bool is_beyond_bounds_ = false;
};
static_assert(std::is_trivially_destructible_v<TypePlanner>);

}  // namespace glassflow
