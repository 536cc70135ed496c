// A set of 64-bit keys: which catalog, and the hash value by which its invalidations name a row.
#include "catalog_watch.h"

namespace glassflow {

namespace {

constexpr std::uint32_t initial_slot_count = 256;
// 256 KiB. A database that has more types in its tables pays with needless rebuilds.
constexpr std::uint32_t max_slot_count = 32768;

// Of a row in a catalog with a syscache. Two rows of one hash value are taken for each other: a needless rebuild.
std::uint64_t key_of(int cache_id, std::uint32_t hash_value) {
    return static_cast<std::uint64_t>(cache_id + 1) << 32 | hash_value;
}

std::uint64_t row_key(int cache_id, Oid row) {
    return key_of(cache_id, GetSysCacheHashValue1(cache_id, ObjectIdGetDatum(row)));
}

// Invalidations of the relation cache name the relation itself.
std::uint64_t relation_key(Oid relation) {
    return relation;
}

// What of a type's row decides what else is to be watched.
struct TypeRow {
    Oid schema;
    Oid output_function;
    Oid row_relation;  // of a composite
    Oid inner_type;    // of a domain or array
    bool is_enum;
};

bool read_type(Oid type, TypeRow& row) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple)) {
        return false;
    }
    const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    row = {.schema = form->typnamespace,
           .output_function = form->typoutput,
           .row_relation = form->typrelid,
           .inner_type = form->typtype == TYPTYPE_DOMAIN ? form->typbasetype : form->typelem,
           .is_enum = form->typtype == TYPTYPE_ENUM};
    ReleaseSysCache(tuple);
    return true;
}

}  // namespace

CatalogWatch::CatalogWatch(MemoryContext context)
    : context_(context),
      slots_(static_cast<std::uint64_t*>(MemoryContextAllocZero(context, initial_slot_count * sizeof(std::uint64_t)))),
      slot_count_(initial_slot_count) {}

// What is watched already needs no second look: its row was read in this generation.
void CatalogWatch::note_type(Oid type) {
    while (OidIsValid(type) && watch(row_key(TYPEOID, type))) {
        TypeRow row;
        if (!read_type(type, row)) {
            return;  // the plan finds out as well, and says so
        }
        note_schema(row.schema);
        if (row.output_function >= FirstGenbkiObjectId) {
            watch(row_key(PROCOID, row.output_function));
        }
        if (OidIsValid(row.row_relation)) {
            note_relation(row.row_relation);
        }
        watches_enums_ = watches_enums_ || row.is_enum;
        type = row.inner_type;
    }
}

void CatalogWatch::note_relation(Oid relation) {
    watch(relation_key(relation));
}

void CatalogWatch::note_schema(Oid schema) {
    watch(row_key(NAMESPACEOID, schema));
}

static bool is_of_publications(int cache_id) {
    return cache_id != TYPEOID && cache_id != NAMESPACEOID && cache_id != PROCOID && cache_id != ENUMOID;
}

void CatalogWatch::catalog_changed(int cache_id, std::uint32_t hash_value) {
    if (hash_value == 0 || watches_everything_ || (cache_id == ENUMOID && watches_enums_) ||
        (is_of_publications(cache_id) && watches_publications_) || *slot_of(key_of(cache_id, hash_value)) != 0) {
        begin_generation();
    }
}

void CatalogWatch::relation_changed(Oid relation) {
    if (!OidIsValid(relation) || watches_everything_ || *slot_of(relation_key(relation)) != 0) {
        begin_generation();
    }
}

// True when it was not watched before.
bool CatalogWatch::watch(std::uint64_t key) {
    if (watches_everything_ || *slot_of(key) != 0) {
        return false;
    }
    if (watched_count_ >= slot_count_ / 2) {
        if (slot_count_ == max_slot_count) {
            watches_everything_ = true;
            return false;
        }
        grow();
    }
    *slot_of(key) = key;
    ++watched_count_;
    return true;
}

// Where key is, or the empty slot where it would be: at most half of them are taken.
std::uint64_t* CatalogWatch::slot_of(std::uint64_t key) const {
    const std::uint32_t mask = slot_count_ - 1;
    std::uint32_t at = (murmurhash32(static_cast<std::uint32_t>(key)) + static_cast<std::uint32_t>(key >> 32)) & mask;
    while (slots_[at] != 0 && slots_[at] != key) {
        at = (at + 1) & mask;
    }
    return &slots_[at];
}

void CatalogWatch::grow() {
    std::uint64_t* old_slots = slots_;
    const std::uint32_t old_count = slot_count_;
    slots_ = static_cast<std::uint64_t*>(MemoryContextAllocZero(context_, 2 * old_count * sizeof(std::uint64_t)));
    slot_count_ = 2 * old_count;
    for (std::uint32_t i = 0; i < old_count; ++i) {
        if (old_slots[i] != 0) {
            *slot_of(old_slots[i]) = old_slots[i];
        }
    }
    pfree(old_slots);
}

void CatalogWatch::begin_generation() {
    ++generation_;
    if (watched_count_ > 0) {
        memset(slots_, 0, slot_count_ * sizeof(std::uint64_t));
    }
    watched_count_ = 0;
    watches_enums_ = false;
    watches_publications_ = false;
    watches_everything_ = false;
}

}  // namespace glassflow
