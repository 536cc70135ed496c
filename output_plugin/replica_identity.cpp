// The row of the one index that is needed is read, and its indkey walked, which gives key order. The server's own
// bitmap of index attributes is no option: it opens every index, one that CREATE INDEX CONCURRENTLY is about to make
// among them, which decoding's older snapshot may not see; the slot would be stuck on that ERROR. Nor is the index
// opened: the server would keep what it needs to use it.
#include "replica_identity.h"

namespace glassflow {

std::span<const AttrNumber> key_attributes(Relation relation) {
    const char identity = relation->rd_rel->relreplident;
    Oid index_oid = InvalidOid;
    if (identity == REPLICA_IDENTITY_DEFAULT || identity == REPLICA_IDENTITY_INDEX) {
        index_oid = RelationGetReplicaIndex(relation);
    }
    if (!OidIsValid(index_oid)) {
        index_oid = pg::primary_key_index(relation);
    }
    if (!OidIsValid(index_oid)) {
        return {};
    }
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index_oid));
    if (!HeapTupleIsValid(tuple)) {
        return {};
    }
    const auto* index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    const int count = index->indnkeyatts;
    auto* attributes = static_cast<AttrNumber*>(palloc(count * sizeof(AttrNumber)));
    memcpy(attributes, index->indkey.values, count * sizeof(AttrNumber));
    ReleaseSysCache(tuple);
    return {attributes, static_cast<std::size_t>(count)};
}

}  // namespace glassflow
