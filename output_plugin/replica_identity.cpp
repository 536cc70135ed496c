// The one index is opened that is needed, and its indkey is walked, which gives key order. The server's own bitmap of
// index attributes is no option: it opens every index, one that CREATE INDEX CONCURRENTLY is about to make among them,
// which decoding's older snapshot may not see; the slot would be stuck on that ERROR.
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
    Relation index = RelationIdGetRelation(index_oid);
    if (!RelationIsValid(index)) {
        return {};
    }
    const int count = index->rd_index->indnkeyatts;
    auto* attributes = static_cast<AttrNumber*>(palloc(count * sizeof(AttrNumber)));
    memcpy(attributes, index->rd_index->indkey.values, count * sizeof(AttrNumber));
    RelationClose(index);
    return {attributes, static_cast<std::size_t>(count)};
}

}  // namespace glassflow
