// The expressions are over the columns of the published table; rows of a partition are put in its order first.
#include "publication_filter.h"

#include "growing_array.h"

namespace glassflow {

namespace {

// What publishes one kind of change: every row, or those that one of some filters lets through.
struct ActionFilters {
    bool has_all = false;
    List* texts = NIL;

    void add(const char* text) {
        if (text == nullptr) {
            has_all = true;
        } else {
            texts = lappend(texts, const_cast<char*>(text));
        }
    }
    bool is_needed() const { return !has_all && texts != NIL; }
};

// nullptr: every row of the table.
const char* filter_text(const PublicationState& publication, Oid table) {
    if (publication.has_all_tables || pg::is_schema_published(publication.oid, get_rel_namespace(table))) {
        return nullptr;
    }
    HeapTuple member = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(table), ObjectIdGetDatum(publication.oid));
    if (!HeapTupleIsValid(member)) {
        return nullptr;
    }
    const char* text = pg::publication_row_filter(member);
    ReleaseSysCache(member);
    return text;
}

ExprState* prepare(const ActionFilters& filters, Relation table, EState* estate) {
    if (!filters.is_needed()) {
        return nullptr;
    }
    List* expressions = NIL;
    ListCell* cell = nullptr;
    foreach (cell, filters.texts) {
        auto* expression = static_cast<Node*>(stringToNode(static_cast<char*>(lfirst(cell))));
        expressions = lappend(expressions, pg::expand_generated_columns(expression, table));
    }
    return ExecPrepareExpr(make_orclause(expressions), estate);
}

void load(const PublicationFilter& filter, TupleTableSlot* slot, TupleDesc descriptor, HeapTuple tuple) {
    heap_deform_tuple(tuple, descriptor, filter.values, filter.nulls);
    ExecClearTuple(slot);
    for (std::size_t i = 0; i < filter.attributes.size(); ++i) {
        const int attribute = filter.attributes[i];
        slot->tts_isnull[i] = attribute < 0 || filter.nulls[attribute];
        slot->tts_values[i] = slot->tts_isnull[i] ? Datum{0} : filter.values[attribute];
    }
    ExecStoreVirtualTuple(slot);
}

// A large value of the key that an update left as it was is in the old row alone.
void complete(TupleTableSlot* new_slot, const TupleTableSlot* old_slot) {
    const TupleDesc descriptor = new_slot->tts_tupleDescriptor;
    for (int i = 0; i < descriptor->natts; ++i) {
        if (!new_slot->tts_isnull[i] && !old_slot->tts_isnull[i] && TupleDescAttr(descriptor, i)->attlen == -1 &&
            VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(new_slot->tts_values[i])) &&
            !VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(old_slot->tts_values[i]))) {
            new_slot->tts_values[i] = old_slot->tts_values[i];
        }
    }
}

Truth evaluate(PublicationFilter& filter, ExprState* expression, TupleTableSlot* slot) {
    ExprContext* context = GetPerTupleExprContext(filter.estate);
    context->ecxt_scantuple = slot;
    bool is_null = false;
    const Datum result = ExecEvalExprSwitchContext(expression, context, &is_null);
    return truth_of(!is_null && DatumGetBool(result));
}

TupleTableSlot* make_slot(Relation table) {
    return MakeSingleTupleTableSlot(CreateTupleDescCopyConstr(RelationGetDescr(table)), &TTSOpsVirtual);
}

}  // namespace

std::span<const int> map_attributes(TupleDesc table, TupleDesc relation, MemoryContext context) {
    GrowingArray<int> attributes(context);
    for (int i = 0; i < table->natts; ++i) {
        const FormData_pg_attribute* wanted = TupleDescAttr(table, i);
        int found = -1;
        for (int j = 0; j < relation->natts && !wanted->attisdropped; ++j) {
            const int candidate = (i + j) % relation->natts;  // most stand where they stand in the table
            const FormData_pg_attribute* attribute = TupleDescAttr(relation, candidate);
            if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), NameStr(wanted->attname)) == 0) {
                found = candidate;
                break;
            }
        }
        attributes.append(found);
    }
    return attributes.items();
}

PublicationFilter* prepare_publication_filter(const Published& published, Relation relation, Relation table,
                                              MemoryContext context) {
    ActionFilters inserts;
    ActionFilters updates;
    ActionFilters deletes;
    for (const PublicationState& publication : published.by) {
        const char* text = filter_text(publication, published.table);
        if ((publication.actions & action::insert) != 0) {
            inserts.add(text);
        }
        if ((publication.actions & action::update) != 0) {
            updates.add(text);
        }
        if ((publication.actions & action::delete_) != 0) {
            deletes.add(text);
        }
    }
    if (!inserts.is_needed() && !updates.is_needed() && !deletes.is_needed()) {
        return nullptr;
    }
    pg::MemoryContextScope scope(context);
    PublicationFilter filter{};
    filter.estate = pg::create_filter_estate(table);
    filter.insert = prepare(inserts, table, filter.estate);
    filter.update = prepare(updates, table, filter.estate);
    filter.delete_ = prepare(deletes, table, filter.estate);
    filter.old_slot = make_slot(table);
    filter.new_slot = make_slot(table);
    filter.attributes = map_attributes(RelationGetDescr(table), RelationGetDescr(relation), context);
    const auto attribute_count = static_cast<Size>(Max(1, RelationGetDescr(relation)->natts));
    filter.values = static_cast<Datum*>(palloc(attribute_count * sizeof(Datum)));
    filter.nulls = static_cast<bool*>(palloc(attribute_count * sizeof(bool)));
    scope.leave();
    return pg::make(context, filter);
}

RowTruth judge_by_publications(PublicationFilter& filter, TupleDesc descriptor, RowFate change, HeapTuple old_tuple,
                               HeapTuple new_tuple) {
    ExprState* expression = change == RowFate::insert   ? filter.insert
                            : change == RowFate::update ? filter.update
                                                        : filter.delete_;
    RowTruth truth;
    if (expression == nullptr) {
        return truth;
    }
    ResetPerTupleExprContext(filter.estate);
    if (old_tuple != nullptr) {
        load(filter, filter.old_slot, descriptor, old_tuple);
        truth.before = evaluate(filter, expression, filter.old_slot);
    }
    if (new_tuple != nullptr) {
        load(filter, filter.new_slot, descriptor, new_tuple);
        if (old_tuple != nullptr) {
            complete(filter.new_slot, filter.old_slot);
        }
        truth.after = evaluate(filter, expression, filter.new_slot);
    }
    if (old_tuple == nullptr) {
        // A filter of updates is over the replica identity, which is then as it was. Of a delete nothing is known.
        truth.before = new_tuple != nullptr ? truth.after : truth_is_open;
    }
    return truth;
}

}  // namespace glassflow
