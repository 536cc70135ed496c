// The row filters of publications: expressions of SQL that the server keeps, evaluated by its own code. CREATE
// PUBLICATION lets only built-in immutable functions into them.
#pragma once

#include "publication_set.h"
#include "row_truth.h"

namespace glassflow {

struct PublicationFilter {
    EState* estate;
    ExprState* insert;  // nullptr: every row
    ExprState* update;
    ExprState* delete_;
    TupleTableSlot* old_slot;  // rows of the published table
    TupleTableSlot* new_slot;
    std::span<const int> attributes;  // of the relation, for each of the table's; -1: none
    Datum* values;                    // scratch for one deformed row of the relation
    bool* nulls;
};

// nullptr when every row is published. table is what relation is published as. Memory comes from context, which owns
// it.
PublicationFilter* prepare_publication_filter(const Published& published, Relation relation, Relation table,
                                              MemoryContext context);

// Where attributes of relation stand in table, by name; -1: nowhere. Memory comes from context.
std::span<const int> map_attributes(TupleDesc table, TupleDesc relation, MemoryContext context);

// Each tuple is nullptr where the WAL has none.
RowTruth judge_by_publications(PublicationFilter& filter, TupleDesc descriptor, RowFate change, HeapTuple old_tuple,
                               HeapTuple new_tuple);

}  // namespace glassflow
