// Relation -> how its rows are encoded and how it is described: kept for the session, within bounds.
//
// An invalidation can arrive in the middle of any catalog access, so its callback only marks; an entry is rebuilt, in
// its own memory context, when the relation is next looked up. Ids and fingerprints survive a rebuild: a relation is
// described again only when its description has really changed. When there are too many, the entry that was not used
// for longest goes, and its id is given to the next new relation.
#pragma once

#include <span>

#include "catalog_watch.h"
#include "column_masks.h"
#include "datum_encoder.h"
#include "publication_filter.h"
#include "row_filter.h"
#include "selection.h"
#include "tuple_layout.h"

namespace glassflow {

struct ColumnPlan {
    int attribute;        // index into the tuple descriptor, and into values and nulls
    int table_attribute;  // the same column in the table that the row is told to be of
    ColumnEncoder encoder;
};

struct RelationEntry {
    Oid oid;  // hash key: stays first

    std::uint32_t id;  // on the wire; 0 until the relation is first wanted
    // Of the catalog (see CatalogWatch) that the entry was built from; 0: not to be used. Set last by a rebuild, so
    // that an ERROR in its middle leaves the entry unusable, not half true.
    std::uint64_t generation;
    bool is_stale;  // by an invalidation of the relation itself, also while a rebuild runs
    bool was_described;
    bool was_contradictory;          // warned of: publications do not agree on its columns
    bool was_warned_of;              // what the options say and does not fit it: a plan is made anew many times
    std::uint64_t sent_fingerprint;  // of the description that was sent last
    // The same within a block of a transaction in progress, whose descriptions hold there alone; block 0 is none.
    std::uint64_t described_block;
    std::uint64_t block_fingerprint;
    std::size_t plan_bytes;  // what context held when it was last measured
    dlist_node use;          // in the order of the latest use

    // All below is made by a rebuild and owned by context.
    MemoryContext context;
    Actions actions;    // that are wanted of it, by its kind and by the options; nothing else is made when none is
    RowFilter* filter;  // nullptr: every row is wanted
    PublicationFilter* publication_filter;  // nullptr: every row is published
    char identity;
    // pg_class.relreplident
    int attribute_count;
    std::span<ColumnPlan> columns;
    TupleLayout layout;
    bool is_mapped;                // the columns are in another order than in the tuples
    std::span<std::uint32_t> key;  // positions in columns, in key order
    bool is_key_logged;            // the old rows that the WAL holds are this key
    Datum* values;                 // scratch for one deformed key
    bool* nulls;
    std::uint64_t fingerprint;  // of the description

    // The encoded relation record, while it is to be sent, or always where there may be blocks; owned by the cache's
    // context.
    std::string_view description;

    bool needs_description() const { return !was_described || fingerprint != sent_fingerprint; }
    bool needs_description_in(std::uint64_t block) const {
        return described_block != block || block_fingerprint != fingerprint;
    }
    void set_described_in(std::uint64_t block) {
        described_block = block;
        block_fingerprint = fingerprint;
    }
    void drop_description() {
        if (description.data() != nullptr) {
            pfree(const_cast<char*>(description.data()));
            description = {};
        }
    }
};

class RelationCache {
public:
    // A plan of ten columns has about 2 KiB, so that ten thousand of them fit: rows that come in turn from more tables
    // than fit cost a rebuild and a description each.
    static constexpr std::size_t max_plan_bytes = 32 * 1024 * 1024;
    // Also of relations that are not wanted: they have an entry and no plan.
    static constexpr long max_entries = 32768;

    explicit RelationCache(MemoryContext context) : context_(context), watch_(context) {}

    // Registers for invalidations until the context is reset; cache must live in its context.
    // keeps_descriptions: each block of a transaction in progress describes its relations anew.
    static void attach(RelationCache* cache, const Selection* selection, const ColumnMasks* masks, ServerText* text,
                       bool keeps_descriptions);

    // The entry of an open relation, rebuilt when stale. Valid until the next call. Reads the catalog: only where a
    // historic snapshot is set. A description that is to be sent is there until set_described().
    RelationEntry& find(Relation relation) {
        // Rows come in runs of one table.
        if (latest_ != nullptr && latest_->oid == RelationGetRelid(relation) && is_usable(*latest_, relation)) {
            return *latest_;
        }
        return find_other(relation);
    }

    // The description of the entry found last was sent outside blocks.
    void set_described(RelationEntry& entry) const {
        entry.was_described = true;
        entry.sent_fingerprint = entry.fingerprint;
        if (!keeps_descriptions_) {
            entry.drop_description();
        }
    }

private:
    static void relation_changed(Datum, Oid relation);
    static void catalog_changed(Datum, int cache_id, uint32 hash_value);
    static void detach(void* cache);

    bool is_usable(const RelationEntry& entry, Relation relation) const {
        return entry.generation == watch_.generation() && entry.attribute_count == RelationGetDescr(relation)->natts;
    }
    RelationEntry& find_other(Relation relation);
    void rebuild(RelationEntry& entry, Relation relation);
    Published find_published(Relation relation);
    void select(RelationEntry& entry, Relation relation, Relation table, const Published& published);
    void plan(RelationEntry& entry, Relation relation, Relation table, const char* schema, const Published& published);
    void plan_columns(RelationEntry& entry, Relation relation, Relation table, const ColumnChoice& choice,
                      const Published& published, std::span<const AttrNumber> key);
    void mask(RelationEntry& entry, Relation relation, Relation table, const char* schema);
    void warn_of_missing_columns(Relation table, const char* schema) const;
    void keep_description(RelationEntry& entry, std::string_view description);
    void release_plan(RelationEntry& entry);
    void measure(RelationEntry& entry);
    void evict_beyond_bounds();
    void evict(RelationEntry& entry);
    std::uint32_t take_id();

    MemoryContext context_;
    CatalogWatch watch_;
    HTAB* entries_ = nullptr;
    RelationEntry* latest_ = nullptr;
    dlist_head uses_ = {};  // of entries, the latest use first
    std::size_t plan_bytes_ = 0;
    const Selection* selection_ = nullptr;
    PublicationSet publications_;
    const ColumnMasks* masks_ = nullptr;
    ServerText* text_ = nullptr;
    bool keeps_descriptions_ = false;
    std::uint32_t last_id_ = 0;
    std::uint32_t* free_ids_ = nullptr;  // room for last_id_ of them: giving one back needs no memory
    std::uint32_t free_id_count_ = 0;
    std::uint32_t free_id_room_ = 0;
    RelationCache* next_ = nullptr;  // of the live caches of this process
};
static_assert(std::is_trivially_destructible_v<RelationCache>);

}  // namespace glassflow
