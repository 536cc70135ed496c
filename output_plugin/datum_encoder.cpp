// The choice for a column: what TypePlanner finds for its type, unless that has more types in it than it may.
#include "datum_encoder.h"

#include "nested_types.h"

namespace glassflow {

namespace {

// A table's description must fit a record. It is far from that with this many types in all its columns, and few tables
// have more: their columns share them.
constexpr std::size_t max_types_in_table = 100'000;

}  // namespace

ColumnEncoder choose_encoder(Oid type, std::int32_t typmod, MemoryContext context, CatalogWatch& watch,
                             std::size_t column_count) {
    const std::size_t share = max_types_in_table / Max(column_count, std::size_t{1});
    TypePlanner planner(context, watch, static_cast<std::uint32_t>(Min(share, std::size_t{wire::max_types_in_column})));
    const ColumnEncoder column = planner.plan(type, typmod);
    return planner.is_beyond_bounds() ? planner.plan_as_text(type) : column;
}

}  // namespace glassflow
