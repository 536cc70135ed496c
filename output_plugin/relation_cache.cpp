// Look-up, invalidation and rebuild of entries.
#include "relation_cache.h"

#include "records.h"
#include "replica_identity.h"

namespace glassflow {

namespace {

// Server callbacks cannot be unregistered and have few places: they are registered once and find the caches from here.
constinit RelationCache* live_caches = nullptr;
constinit bool is_registered = false;

// More stale entries than this are released at the end of a transaction.
constexpr int max_stale_entries = 256;

// Tables of users. Partitioned tables hold no rows but can be truncated; materialized views, sequences and the tables
// of information_schema are no one's data.
bool has_user_rows(Relation relation) {
    const char kind = relation->rd_rel->relkind;
    return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
           RelationGetRelid(relation) >= FirstNormalObjectId;
}

std::span<ColumnPlan> plan_columns(TupleDesc descriptor, MemoryContext context) {
    auto* columns =
        static_cast<ColumnPlan*>(MemoryContextAllocZero(context, Max(1, descriptor->natts) * sizeof(ColumnPlan)));
    std::size_t count = 0;
    for (int i = 0; i < descriptor->natts; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
        if (is_published(attribute)) {
            columns[count++] = {i, choose_encoder(attribute->atttypid, context)};
        }
    }
    return {columns, count};
}

std::span<std::uint32_t> plan_key(Relation relation, std::span<const ColumnPlan> columns, MemoryContext context) {
    const std::span<const AttrNumber> attributes = key_attributes(relation);
    auto* key =
        static_cast<std::uint32_t*>(MemoryContextAlloc(context, Max(1, attributes.size()) * sizeof(std::uint32_t)));
    std::size_t count = 0;
    for (const AttrNumber attribute : attributes) {
        for (std::size_t position = 0; position < columns.size(); ++position) {
            if (columns[position].attribute == attribute - 1) {
                key[count++] = static_cast<std::uint32_t>(position);
            }
        }
    }
    return {key, count};
}

bool is_usable(const RelationEntry& entry, Relation relation) {
    return entry.is_built && !entry.is_stale && entry.attribute_count == RelationGetDescr(relation)->natts;
}

}  // namespace

void RelationCache::attach(RelationCache* cache, MemoryContext context, const TableFilter* tables, ServerText* text) {
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(RelationEntry);
    control.hcxt = context;
    cache->entries_ = hash_create("glassflow relations", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    cache->context_ = context;
    cache->tables_ = tables;
    cache->text_ = text;

    if (!is_registered) {
        CacheRegisterRelcacheCallback(relation_changed, static_cast<Datum>(0));
        // Names of types and schemas are in descriptions, output functions and labels of enums in plans.
        CacheRegisterSyscacheCallback(TYPEOID, catalog_changed, static_cast<Datum>(0));
        CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, static_cast<Datum>(0));
        CacheRegisterSyscacheCallback(PROCOID, catalog_changed, static_cast<Datum>(0));
        CacheRegisterSyscacheCallback(ENUMOID, catalog_changed, static_cast<Datum>(0));
        is_registered = true;
    }
    auto* callback =
        static_cast<MemoryContextCallback*>(MemoryContextAllocZero(context, sizeof(MemoryContextCallback)));
    callback->func = detach;
    callback->arg = cache;
    MemoryContextRegisterResetCallback(context, callback);
    cache->next_ = live_caches;
    live_caches = cache;
}

void RelationCache::detach(void* cache) {
    for (RelationCache** link = &live_caches; *link != nullptr; link = &(*link)->next_) {
        if (*link == cache) {
            *link = (*link)->next_;
            return;
        }
    }
}

RelationEntry& RelationCache::find(Relation relation) {
    const Oid oid = RelationGetRelid(relation);
    if (last_found_ != nullptr && last_found_->oid == oid && is_usable(*last_found_, relation)) {
        return *last_found_;
    }
    bool found = false;
    auto* entry = static_cast<RelationEntry*>(hash_search(entries_, &oid, HASH_ENTER, &found));
    if (!found) {
        *entry = RelationEntry{};
        entry->oid = oid;
    }
    last_found_ = entry;
    return is_usable(*entry, relation) ? *entry : rebuild(*entry, relation);
}

RelationEntry& RelationCache::rebuild(RelationEntry& entry, Relation relation) {
    entry.is_built = false;
    entry.is_stale = false;  // before the catalog is read: what changes meanwhile marks it again
    if (entry.context == nullptr) {
        entry.context = AllocSetContextCreate(context_, "glassflow relation", ALLOCSET_SMALL_SIZES);
    } else {
        MemoryContextReset(entry.context);
    }
    const TupleDesc descriptor = RelationGetDescr(relation);
    const char* schema = get_namespace_name(RelationGetNamespace(relation));
    if (schema == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                        errmsg("could not find the schema of table \"%s\"", RelationGetRelationName(relation))));
    }
    entry.attribute_count = descriptor->natts;
    entry.is_wanted = has_user_rows(relation) && tables_->wants(schema, RelationGetRelationName(relation));
    if (entry.is_wanted) {
        if (entry.id == 0) {
            entry.id = ++last_id_;
        }
        entry.identity = relation->rd_rel->relreplident;
        entry.columns = plan_columns(descriptor, entry.context);
        entry.layout = plan_layout(descriptor, entry.context);
        for (std::size_t position = 0; position < entry.columns.size(); ++position) {
            entry.layout[entry.columns[position].attribute].column = static_cast<std::int32_t>(position);
        }
        entry.key = plan_key(relation, entry.columns, entry.context);
        const std::size_t scratch_size = Max(1, descriptor->natts);
        entry.values = static_cast<Datum*>(MemoryContextAlloc(entry.context, scratch_size * sizeof(Datum)));
        entry.nulls = static_cast<bool*>(MemoryContextAlloc(entry.context, scratch_size * sizeof(bool)));
        entry.description = describe_relation(entry, relation, schema, *text_);
        entry.fingerprint = hash_bytes_extended(reinterpret_cast<const unsigned char*>(entry.description.data()),
                                                static_cast<int>(entry.description.size()), 0);
    }
    entry.is_built = true;
    return entry;
}

void RelationCache::mark_stale(RelationEntry& entry) {
    if (entry.is_built && !entry.is_stale) {
        ++stale_count_;
    }
    entry.is_stale = true;
}

void RelationCache::relation_changed(Datum, Oid relation) {
    if (!OidIsValid(relation)) {
        catalog_changed(static_cast<Datum>(0), 0, 0);  // all of them
        return;
    }
    for (RelationCache* cache = live_caches; cache != nullptr; cache = cache->next_) {
        auto* entry = static_cast<RelationEntry*>(hash_search(cache->entries_, &relation, HASH_FIND, nullptr));
        if (entry != nullptr) {
            cache->mark_stale(*entry);
        }
    }
}

void RelationCache::catalog_changed(Datum, int, uint32) {
    for (RelationCache* cache = live_caches; cache != nullptr; cache = cache->next_) {
        HASH_SEQ_STATUS scan;
        hash_seq_init(&scan, cache->entries_);
        while (auto* entry = static_cast<RelationEntry*>(hash_seq_search(&scan))) {
            cache->mark_stale(*entry);
        }
    }
}

void RelationCache::release_stale() {
    if (stale_count_ <= max_stale_entries) {
        return;
    }
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, entries_);
    while (auto* entry = static_cast<RelationEntry*>(hash_seq_search(&scan))) {
        if (entry->is_stale && entry->context != nullptr) {
            MemoryContextDelete(entry->context);
            entry->context = nullptr;
            entry->is_built = false;
        }
    }
    stale_count_ = 0;
}

}  // namespace glassflow
