// What the client asked for with the slot: START_REPLICATION's options, or the variadic arguments of the SQL functions.
#pragma once

#include "column_masks.h"
#include "message_filter.h"
#include "option_table.h"
#include "origin_filter.h"
#include "selection.h"

namespace glassflow {

struct Options {
    std::size_t frame_bytes = 0;
    Selection selection;
    MessageFilter messages;
    OriginFilter origins;
    bool sends_ddl = false;
    ColumnMasks masks;
    bool sends_changed_columns = false;  // of updates alone
    bool streaming = false;
    bool two_phase = false;
};
static_assert(std::is_trivially_destructible_v<Options>);

// list holds DefElem nodes. An option that is unknown, repeated, empty or out of range is an ERROR that names it: a
// silently ignored filter would send what nobody asked for. Values that outlive the call go to context.
Options parse_options(List* list, MemoryContext context);

}  // namespace glassflow
