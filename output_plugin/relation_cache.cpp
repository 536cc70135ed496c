// Look-up, rebuild, invalidation and eviction of entries.
#include "relation_cache.h"

#include "growing_array.h"
#include "masked_encoder.h"
#include "records.h"
#include "replica_identity.h"

namespace glassflow {

namespace {

// Server callbacks cannot be unregistered and have few places: they are registered once and find the caches from here.
constinit RelationCache* live_caches = nullptr;
constinit bool is_registered = false;

// Tables of users. Partitioned tables hold no rows but can be truncated; materialized views, sequences and the tables
// of information_schema are no one's data.
bool has_user_rows(Relation relation) {
    const char kind = relation->rd_rel->relkind;
    return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
           RelationGetRelid(relation) >= FirstNormalObjectId;
}

// What an array of a plan takes from its context's blocks: chunks are powers of two, and large ones have a block of
// their own.
Size chunk_bytes(Size bytes) {
    constexpr Size max_shared_chunk_bytes = 1024;
    constexpr Size header_bytes = 16;
    return bytes > max_shared_chunk_bytes ? 0 : pg_nextpower2_size_t(Max(bytes, Size{8})) + header_bytes;
}

// With a first block that holds what most plans need, so that ten thousand of them are not half empty.
MemoryContext create_plan_context(MemoryContext parent, Size attribute_count) {
    constexpr Size overhead_bytes = 256;  // the context's own
    constexpr Size key_bytes = 64;
    constexpr Size encoder_bytes = 40;  // what a column's encoder points to: about half of them have an output function
    const Size bytes = overhead_bytes + key_bytes + attribute_count * encoder_bytes +
                       chunk_bytes(attribute_count * sizeof(ColumnPlan)) +
                       chunk_bytes(attribute_count * sizeof(AttributeLayout)) +
                       chunk_bytes(attribute_count * sizeof(Datum)) + chunk_bytes(attribute_count * sizeof(bool));
    const Size first_block_bytes =
        MAXALIGN(Min(Max(bytes, Size{ALLOCSET_SMALL_INITSIZE}), Size{ALLOCSET_SMALL_MAXSIZE}));
    return AllocSetContextCreate(parent, "glassflow relation", first_block_bytes, ALLOCSET_SMALL_INITSIZE,
                                 ALLOCSET_SMALL_MAXSIZE);
}

bool contains(std::span<const AttrNumber> attributes, AttrNumber attribute) {
    for (const AttrNumber one : attributes) {
        if (one == attribute) {
            return true;
        }
    }
    return false;
}

// Whether rows carry it: virtual generated ones are not stored. Of the key all are needed.
bool is_sent(const FormData_pg_attribute* attribute, std::span<const AttrNumber> key, const ColumnChoice& choice,
             bool sends_generated) {
    const bool is_stored = attribute->attgenerated == ATTRIBUTE_GENERATED_STORED;
    if (attribute->attgenerated != '\0' && !is_stored) {
        return false;
    }
    return contains(key, attribute->attnum) ||
           ((sends_generated || !is_stored) && choice.wants(NameStr(attribute->attname)));
}

std::span<std::uint32_t> plan_key(std::span<const AttrNumber> attributes, std::span<const ColumnPlan> columns,
                                  MemoryContext context) {
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

// dlist_container() is C only.
RelationEntry* entry_of(dlist_node* use) {
    return reinterpret_cast<RelationEntry*>(reinterpret_cast<char*>(use) - offsetof(RelationEntry, use));
}
static_assert(std::is_standard_layout_v<RelationEntry>);

}  // namespace

void RelationCache::attach(RelationCache* cache, const Selection* selection, const ColumnMasks* masks, ServerText* text,
                           bool keeps_descriptions) {
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(RelationEntry);
    control.hcxt = cache->context_;
    cache->entries_ = hash_create("glassflow relations", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    dlist_init(&cache->uses_);
    cache->selection_ = selection;
    cache->publications_ = PublicationSet(selection->publications, cache->context_);
    cache->masks_ = masks;
    cache->text_ = text;
    cache->keeps_descriptions_ = keeps_descriptions;

    if (!is_registered) {
        CacheRegisterRelcacheCallback(relation_changed, static_cast<Datum>(0));
        for (const int cache_id : CatalogWatch::cache_ids) {
            CacheRegisterSyscacheCallback(cache_id, catalog_changed, static_cast<Datum>(0));
        }
        is_registered = true;
    }
    auto* callback =
        static_cast<MemoryContextCallback*>(MemoryContextAllocZero(cache->context_, sizeof(MemoryContextCallback)));
    callback->func = detach;
    callback->arg = cache;
    MemoryContextRegisterResetCallback(cache->context_, callback);
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

RelationEntry& RelationCache::find_other(Relation relation) {
    const Oid oid = RelationGetRelid(relation);
    if (latest_ != nullptr) {
        measure(*latest_);  // output functions keep things of their own in a plan's context
    }
    bool found = false;
    auto* entry = static_cast<RelationEntry*>(hash_search(entries_, &oid, HASH_ENTER, &found));
    if (found) {
        dlist_move_head(&uses_, &entry->use);
    } else {
        *entry = RelationEntry{};
        entry->oid = oid;
        dlist_push_head(&uses_, &entry->use);
    }
    latest_ = entry;
    if (!is_usable(*entry, relation)) {
        rebuild(*entry, relation);
    }
    evict_beyond_bounds();
    return *entry;
}

void RelationCache::rebuild(RelationEntry& entry, Relation relation) {
    const std::uint64_t generation = watch_.generation();  // before the catalog is read: what changes meanwhile counts
    entry.generation = 0;
    entry.is_stale = false;
    entry.drop_description();
    entry.attribute_count = RelationGetDescr(relation)->natts;
    entry.actions = 0;
    release_plan(entry);
    const Published published = has_user_rows(relation) ? find_published(relation) : Published{};
    if (published.table == RelationGetRelid(relation)) {
        select(entry, relation, relation, published);
    } else if (OidIsValid(published.table)) {
        Relation table = RelationIdGetRelation(published.table);
        if (!RelationIsValid(table)) {
            ereport(ERROR,
                    (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("could not find the table that \"%s\" is a partition of",
                                                              RelationGetRelationName(relation))));
        }
        select(entry, relation, table, published);
        RelationClose(table);
    }
    entry.generation = entry.is_stale ? 0 : generation;
}

Published RelationCache::find_published(Relation relation) {
    if (publications_.is_given()) {
        return publications_.find(relation, watch_);
    }
    return {.actions = action::all, .table = RelationGetRelid(relation), .by = {}};
}

// table: what the relation's rows are told to be of, by whose name it is chosen.
void RelationCache::select(RelationEntry& entry, Relation relation, Relation table, const Published& published) {
    const Oid schema_oid = RelationGetNamespace(table);
    watch_.note_schema(schema_oid);
    const char* schema = get_namespace_name(schema_oid);
    if (schema == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                        errmsg("could not find the schema of table \"%s\"", RelationGetRelationName(table))));
    }
    const bool is_wanted = selection_->wants_table(schema, RelationGetRelationName(table));
    entry.actions = is_wanted ? selection_->actions & published.actions : 0;
    if (entry.actions != 0) {
        plan(entry, relation, table, schema, published);
    }
}

void RelationCache::plan(RelationEntry& entry, Relation relation, Relation table, const char* schema,
                         const Published& published) {
    const TupleDesc descriptor = RelationGetDescr(relation);
    entry.context = create_plan_context(context_, static_cast<Size>(descriptor->natts));
    if (entry.id == 0) {
        entry.id = take_id();
    }
    entry.identity = relation->rd_rel->relreplident;
    const RowKey row_key = key_of(relation);
    const std::span<const AttrNumber> key = row_key.attributes;
    entry.is_key_logged = row_key.is_logged;
    const ColumnChoice choice(*selection_, schema, RelationGetRelationName(table));
    const bool warns = !entry.was_warned_of;
    entry.was_warned_of = true;
    if (warns) {
        choice.warn_of_missing(descriptor);
    }
    const FilterTarget target{.descriptor = descriptor,
                              .schema = schema,
                              .table = RelationGetRelationName(table),
                              .logged_key = row_key.is_logged ? key : std::span<const AttrNumber>(),
                              .has_whole_old_rows = entry.identity == REPLICA_IDENTITY_FULL,
                              .warns = warns};
    entry.filter = bind_row_filter(selection_->rows, target, entry.context, watch_);
    entry.publication_filter = prepare_publication_filter(published, relation, table, entry.context);
    plan_columns(entry, relation, table, choice, published, key);
    if (!masks_->is_empty()) {
        mask(entry, relation, table, schema);
    }
    entry.key = plan_key(key, entry.columns, entry.context);
    const std::size_t scratch_size = Max(1, descriptor->natts);
    entry.values = static_cast<Datum*>(MemoryContextAlloc(entry.context, scratch_size * sizeof(Datum)));
    entry.nulls = static_cast<bool*>(MemoryContextAlloc(entry.context, scratch_size * sizeof(bool)));
    keep_description(entry, describe_relation(entry, table, schema, *text_));
    if (!masks_->is_empty() && entry.needs_description()) {
        warn_of_missing_columns(table, schema);
    }
    measure(entry);
}

// By the name that rows are told to be of and, where that is another, the partition's own: a rule for either holds.
void RelationCache::mask(RelationEntry& entry, Relation relation, Relation table, const char* schema) {
    const bool is_told_as_another = RelationGetRelid(relation) != RelationGetRelid(table);
    const char* own_schema = is_told_as_another ? get_namespace_name(RelationGetNamespace(relation)) : nullptr;
    for (ColumnPlan& column : entry.columns) {
        const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(relation), column.attribute);
        const char* name = NameStr(attribute->attname);
        const ColumnMask* found = masks_->find(schema, RelationGetRelationName(table), name);
        if (found == nullptr && own_schema != nullptr) {
            found = masks_->find(own_schema, RelationGetRelationName(relation), name);
        }
        if (found != nullptr) {
            column.encoder =
                mask_encoder(column.encoder, attribute->atttypid, *found, masks_->hash(), entry.context, watch_);
        }
    }
}

// Whenever the table is described anew: the column may have got another name, under which nothing masks it.
void RelationCache::warn_of_missing_columns(Relation table, const char* schema) const {
    const TupleDesc descriptor = RelationGetDescr(table);
    const auto has = [descriptor](std::string_view name) {
        for (int i = 0; i < descriptor->natts; ++i) {
            const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
            if (!attribute->attisdropped && name == NameStr(attribute->attname)) {
                return true;
            }
        }
        return false;
    };
    const MaskRule* missing = masks_->find_missing(schema, RelationGetRelationName(table), has);
    if (missing != nullptr) {
        ereport(WARNING,
                (errcode(ERRCODE_UNDEFINED_COLUMN),
                 errmsg("table \"%s.%s\" has no column \"%s\" to mask", schema, RelationGetRelationName(table),
                        pnstrdup(missing->column.text.data(), missing->column.text.size())),
                 errhint("If it was renamed, its values are sent as they are: correct the option \"masks\".")));
    }
}

// In the order of the table, whose rows they are told to be; a partition may have them in another.
void RelationCache::plan_columns(RelationEntry& entry, Relation relation, Relation table, const ColumnChoice& choice,
                                 const Published& published, std::span<const AttrNumber> key) {
    const TupleDesc descriptor = RelationGetDescr(relation);
    const TupleDesc table_descriptor = RelationGetDescr(table);
    const std::span<const int> attributes = map_attributes(table_descriptor, descriptor, CurrentMemoryContext);
    const PublishedColumns columns(published);
    if (columns.is_contradictory() && !entry.was_contradictory) {
        entry.was_contradictory = true;
        ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                          errmsg("publications have different lists of columns for table \"%s\"",
                                 RelationGetRelationName(table)),
                          errdetail("What any of them publishes is sent.")));
    }
    // In one piece, with room for all: what grows would leave its smaller pieces in the entry's context.
    auto* plans = static_cast<ColumnPlan*>(
        MemoryContextAlloc(entry.context, Max(attributes.size(), std::size_t{1}) * sizeof(ColumnPlan)));
    std::size_t count = 0;
    entry.layout = plan_layout(descriptor, entry.context);
    entry.is_mapped = false;
    int last = -1;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        const int attribute = attributes[i];
        if (attribute < 0) {
            continue;  // dropped
        }
        const FormData_pg_attribute* form = TupleDescAttr(descriptor, attribute);
        const bool is_published = !publications_.is_given() || contains(key, form->attnum) ||
                                  columns.has(TupleDescAttr(table_descriptor, static_cast<int>(i)));
        if (is_published && is_sent(form, key, choice, selection_->sends_generated_columns)) {
            entry.layout[attribute].column = static_cast<std::int32_t>(count);
            entry.is_mapped = entry.is_mapped || attribute < last;
            last = attribute;
            plans[count++] = {
                attribute, static_cast<int>(i),
                choose_encoder(form->atttypid, form->atttypmod, entry.context, watch_, descriptor->natts)};
        }
    }
    entry.columns = {plans, count};
}

// Only one that is to be sent is kept, and until then: of the others the fingerprint is enough.
void RelationCache::keep_description(RelationEntry& entry, std::string_view description) {
    entry.fingerprint = hash_bytes_extended(reinterpret_cast<const unsigned char*>(description.data()),
                                            static_cast<int>(description.size()), 0);
    if (keeps_descriptions_ || entry.needs_description()) {
        auto* bytes = static_cast<char*>(MemoryContextAlloc(context_, description.size()));
        memcpy(bytes, description.data(), description.size());
        entry.description = {bytes, description.size()};
    }
}

void RelationCache::release_plan(RelationEntry& entry) {
    if (entry.context != nullptr) {
        MemoryContextDelete(entry.context);
        entry.context = nullptr;
    }
    plan_bytes_ -= entry.plan_bytes;
    entry.plan_bytes = 0;
}

void RelationCache::measure(RelationEntry& entry) {
    const std::size_t kept_bytes = keeps_descriptions_ ? entry.description.size() : 0;
    const std::size_t bytes =
        entry.context == nullptr ? 0 : MemoryContextMemAllocated(entry.context, true) + kept_bytes;
    plan_bytes_ += bytes - entry.plan_bytes;
    entry.plan_bytes = bytes;
}

// In the middle of a transaction, too: only the latest entry is in use.
void RelationCache::evict_beyond_bounds() {
    while (plan_bytes_ > max_plan_bytes || hash_get_num_entries(entries_) > max_entries) {
        RelationEntry* oldest = entry_of(dlist_tail_node(&uses_));
        if (oldest == latest_) {
            return;
        }
        evict(*oldest);
    }
}

// A receiver replaces what it knows of an id when that is described again, so it remembers no more than we do.
void RelationCache::evict(RelationEntry& entry) {
    release_plan(entry);
    entry.drop_description();
    if (entry.id != 0) {
        free_ids_[free_id_count_++] = entry.id;
    }
    dlist_delete(&entry.use);
    const Oid oid = entry.oid;
    hash_search(entries_, &oid, HASH_REMOVE, nullptr);
}

std::uint32_t RelationCache::take_id() {
    if (free_id_count_ > 0) {
        return free_ids_[--free_id_count_];
    }
    if (last_id_ == free_id_room_) {
        const std::uint32_t room = Max(64U, 2 * free_id_room_);
        auto* ids = static_cast<std::uint32_t*>(MemoryContextAlloc(context_, room * sizeof(std::uint32_t)));
        if (free_ids_ != nullptr) {
            pfree(free_ids_);  // none of them is free
        }
        free_ids_ = ids;
        free_id_room_ = room;
    }
    return ++last_id_;
}

void RelationCache::relation_changed(Datum, Oid relation) {
    for (RelationCache* cache = live_caches; cache != nullptr; cache = cache->next_) {
        cache->watch_.relation_changed(relation);
        auto* entry = static_cast<RelationEntry*>(hash_search(cache->entries_, &relation, HASH_FIND, nullptr));
        if (entry != nullptr) {
            entry->is_stale = true;
            entry->generation = 0;
        }
    }
}

void RelationCache::catalog_changed(Datum, int cache_id, uint32 hash_value) {
    for (RelationCache* cache = live_caches; cache != nullptr; cache = cache->next_) {
        cache->watch_.catalog_changed(cache_id, hash_value);
    }
}

}  // namespace glassflow
