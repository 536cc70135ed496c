// Relation -> how its rows are encoded and how it is described, kept for the session.
//
// An invalidation can arrive in the middle of any catalog access, so its callback only marks an entry as stale; the
// entry is rebuilt, in its own memory context, when the relation is next looked up. Ids and fingerprints survive a
// rebuild: a relation is described again only when its description has really changed.
#pragma once

#include <span>

#include "datum_encoder.h"
#include "table_filter.h"
#include "tuple_layout.h"

namespace glassflow {

struct ColumnPlan {
    int attribute;  // index into the tuple descriptor, and into values and nulls
    ColumnEncoder encoder;
};

struct RelationEntry {
    Oid oid;  // hash key: stays first

    std::uint32_t id;  // on the wire; 0 until the relation is first described
    // Of the description that was sent last; valid when was_described.
    std::uint64_t sent_fingerprint;
    bool was_described;

    bool is_built;  // set last by a rebuild, so that an ERROR in its middle leaves the entry unusable, not half true
    bool is_stale;  // set by invalidations, also while a rebuild runs

    // All below is made by a rebuild and owned by context.
    MemoryContext context;
    bool is_wanted;  // by kind and by the option `tables`; nothing else is made when not
    char identity;   // pg_class.relreplident
    int attribute_count;
    std::span<ColumnPlan> columns;
    TupleLayout layout;
    std::span<std::uint32_t> key;  // positions in columns, in key order
    Datum* values;                 // scratch for one deformed key
    bool* nulls;
    std::string_view description;  // the encoded relation record
    std::uint64_t fingerprint;

    bool needs_description() const { return !was_described || fingerprint != sent_fingerprint; }
    void set_described() {
        was_described = true;
        sent_fingerprint = fingerprint;
    }
};

class RelationCache {
public:
    // Registers for invalidations until context is reset; cache must live in context.
    static void attach(RelationCache* cache, MemoryContext context, const TableFilter* tables, ServerText* text);

    // The entry of an open relation, rebuilt when stale. Valid until the next call. Reads the catalog: only where a
    // historic snapshot is set.
    RelationEntry& find(Relation relation);

    // Frees what stale entries hold, so that tables that come and go leave little behind. Between transactions only.
    void release_stale();

private:
    static void relation_changed(Datum, Oid relation);
    static void catalog_changed(Datum, int cache_id, uint32 hash_value);
    static void detach(void* cache);

    RelationEntry& rebuild(RelationEntry& entry, Relation relation);
    void mark_stale(RelationEntry& entry);

    MemoryContext context_ = nullptr;
    HTAB* entries_ = nullptr;
    RelationEntry* last_found_ = nullptr;  // rows come in runs of one table
    const TableFilter* tables_ = nullptr;
    ServerText* text_ = nullptr;
    std::uint32_t last_id_ = 0;
    int stale_count_ = 0;
    RelationCache* next_ = nullptr;  // of the live caches of this process
};
static_assert(std::is_trivially_destructible_v<RelationCache>);

}  // namespace glassflow
