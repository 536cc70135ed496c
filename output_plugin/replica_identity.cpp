// The catalog's rows about the relation's indexes are read under the change's own snapshot, and indkey of the one that
// counts is walked, which gives key order.
//
// What the server keeps of a relation's indexes is no option: transactions are decoded in the order of their commits,
// so it may come from the snapshot of a later change, with an index in it that CREATE INDEX or REINDEX CONCURRENTLY had
// not made yet. Its bitmap of index attributes opens every index, and the slot would be stuck on that ERROR.
#include "replica_identity.h"

namespace glassflow {

namespace {

// As the server requires of an index that it logs old rows by.
bool tells_rows_apart(const FormData_pg_index* index, HeapTuple tuple) {
    return index->indislive && index->indisvalid && index->indisunique && index->indimmediate &&
           heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
}

std::span<const AttrNumber> copy_key(const FormData_pg_index* index) {
    const auto count = static_cast<std::size_t>(index->indnkeyatts);
    auto* attributes = static_cast<AttrNumber*>(palloc(count * sizeof(AttrNumber)));
    memcpy(attributes, index->indkey.values, count * sizeof(AttrNumber));
    return {attributes, count};
}

}  // namespace

RowKey key_of(Relation relation) {
    const bool has_own_index = relation->rd_rel->relreplident == REPLICA_IDENTITY_INDEX;
    std::span<const AttrNumber> primary_key;
    std::span<const AttrNumber> identity_key;

    ScanKeyData of_relation;
    ScanKeyInit(&of_relation, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(RelationGetRelid(relation)));
    Relation indexes = table_open(IndexRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(indexes, IndexIndrelidIndexId, true, nullptr, 1, &of_relation);
    while (HeapTuple tuple = systable_getnext(scan)) {
        const auto* index = reinterpret_cast<const FormData_pg_index*>(GETSTRUCT(tuple));
        if (!tells_rows_apart(index, tuple)) {
            continue;
        }
        if (index->indisprimary) {
            primary_key = copy_key(index);
        }
        if (has_own_index && index->indisreplident) {
            identity_key = copy_key(index);
        }
    }
    systable_endscan(scan);
    table_close(indexes, AccessShareLock);
    if (!identity_key.empty()) {
        return {identity_key, true};
    }
    const bool is_default = relation->rd_rel->relreplident == REPLICA_IDENTITY_DEFAULT;
    return {primary_key, is_default && !primary_key.empty()};
}

}  // namespace glassflow
