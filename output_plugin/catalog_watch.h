// Which rows of the catalog the plans of relations were made from, so that an invalidation of anything else costs
// nothing: a session that creates tables all day must not make every plan stale with each of their row types.
//
// Plans carry the generation they were made in. An invalidation of something watched begins a new one, in O(1), and
// with an empty watch: every plan is then made again at its next use, and notes anew what it looks at.
#pragma once

#include "pg_headers.h"

#include <cstdint>

namespace glassflow {

class CatalogWatch {
public:
    // The set of what is watched comes from context.
    explicit CatalogWatch(MemoryContext context);

    // A plan being made is about to look at this type: its name, schema, output function, labels; of a domain or array
    // also at what it is over; of a composite at its columns. Reads the catalog.
    void note_type(Oid type);
    // A plan being made is about to look at the columns of this relation: the row type of a composite.
    void note_relation(Oid relation);
    // A plan being made depends on publications: on any, as their members are told by what they are made of.
    void note_publications() { watches_publications_ = true; }
    // A plan being made is about to look at the name of this schema.
    void note_schema(Oid schema);

    // Never 0.
    std::uint64_t generation() const { return generation_; }

    // From invalidation callbacks, which come in the middle of anything: no catalog, no memory, no ERROR. hash_value 0
    // and InvalidOid mean all of them.
    void catalog_changed(int cache_id, std::uint32_t hash_value);
    void relation_changed(Oid relation);

    // What the callbacks are to be registered for.
    static constexpr int cache_ids[] = {TYPEOID,
                                        NAMESPACEOID,
                                        PROCOID,
                                        ENUMOID,
                                        PUBLICATIONOID,
                                        PUBLICATIONRELMAP,
#if PG_VERSION_NUM >= 150000
                                        PUBLICATIONNAMESPACEMAP
#endif
    };

private:
    bool watch(std::uint64_t key);
    std::uint64_t* slot_of(std::uint64_t key) const;
    void grow();
    void begin_generation();

    std::uint64_t generation_ = 1;
    MemoryContext context_;
    std::uint64_t* slots_ = nullptr;  // open addressing; 0 is an empty slot
    std::uint32_t slot_count_;        // a power of two
    std::uint32_t watched_count_ = 0;
    bool watches_enums_ = false;  // an invalidation names a label, not its type: each of them counts
    bool watches_publications_ = false;
    bool watches_everything_ = false;  // there was more to watch than the set may hold
};
static_assert(std::is_trivially_destructible_v<CatalogWatch>);

}  // namespace glassflow
