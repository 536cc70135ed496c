// The option `publications`: which of a relation's changes they publish, and as rows of which table.
//
// Publications are looked up when a relation is, under the snapshot of the change: what counts is what they were then.
// A change of any of them begins a new generation of plans (CatalogWatch).
#pragma once

#include "catalog_watch.h"
#include "selection.h"

#include <span>

namespace glassflow {

struct PublicationState {
    Oid oid;
    bool has_all_tables;
    bool is_via_root;
    bool sends_generated_columns;  // those that are stored
    Actions actions;
};

// How one relation is published.
struct Published {
    Actions actions = 0;
    Oid table = InvalidOid;  // the relation, or the partitioned table as whose rows its rows are told
    // Those that publish this table. Memory comes from CurrentMemoryContext.
    std::span<const PublicationState> by;
};

class PublicationSet {
public:
    PublicationSet() = default;
    // names must outlive it; memory comes from context.
    PublicationSet(std::span<const char* const> names, MemoryContext context);

    bool is_given() const { return !names_.empty(); }

    // Reads the catalog, and notes in watch what it has read there.
    Published find(Relation relation, CatalogWatch& watch);

private:
    void load(const CatalogWatch& watch);

    std::span<const char* const> names_;
    PublicationState* loaded_ = nullptr;  // those that are there
    std::size_t loaded_count_ = 0;
    std::uint64_t loaded_generation_ = 0;
    bool* was_warned_of_ = nullptr;  // of each name: that it is not there
};
static_assert(std::is_trivially_destructible_v<PublicationSet>);

// Names as in a list of identifiers of SQL. What is refused is an ERROR. Memory comes from context.
std::span<const char* const> parse_publications(std::string_view option, std::string_view list, MemoryContext context);

// Which columns of a table are published.
class PublishedColumns {
public:
    // Reads the catalog. Memory comes from CurrentMemoryContext.
    explicit PublishedColumns(const Published& published);

    bool has(const FormData_pg_attribute* attribute) const;
    // Publications that contradict each other: what any of them publishes is sent.
    bool is_contradictory() const { return is_contradictory_; }

private:
    struct Part {
        bool sends_generated_columns;
        Bitmapset* list;  // attribute numbers; nullptr: all columns
    };
    std::span<const Part> parts_;
    bool is_contradictory_ = false;
};
static_assert(std::is_trivially_destructible_v<PublishedColumns>);

}  // namespace glassflow
