// What pg_publication and its two catalogs of members say of one relation. A partition is published by what publishes
// one of the tables that it is a part of; publish_via_partition_root tells it as rows of the topmost of those.
#include "publication_set.h"

#include "growing_array.h"

namespace glassflow {

namespace {

Actions actions_of(const PublicationActions& actions) {
    return (actions.pubinsert ? action::insert : 0) | (actions.pubupdate ? action::update : 0) |
           (actions.pubdelete ? action::delete_ : 0) | (actions.pubtruncate ? action::truncate : 0);
}

bool has_member(Oid publication, Oid table) {
    return list_member_oid(GetRelationPublications(table), publication) ||
           list_member_oid(pg::publications_of_schema(get_rel_namespace(table)), publication);
}

// Where one publication has a relation: as itself, level 0, or as part of a table above it.
struct Membership {
    bool is_member = false;
    Oid table = InvalidOid;
    int level = 0;
};

Membership find_membership(const PublicationState& publication, Oid relation, List* ancestors) {
    Membership membership{publication.has_all_tables || has_member(publication.oid, relation), relation, 0};
    int level = 0;
    ListCell* cell = nullptr;
    foreach (cell, ancestors) {
        ++level;
        const Oid ancestor = lfirst_oid(cell);
        if (publication.has_all_tables || has_member(publication.oid, ancestor)) {
            membership.is_member = true;
            if (publication.is_via_root) {
                membership.table = ancestor;
                membership.level = level;
            }
        }
    }
    return membership;
}

// The list of a publication, nullptr when it has none: it then publishes all columns.
Bitmapset* column_list(const PublicationState& publication, Oid table) {
    if (publication.has_all_tables) {
        return nullptr;
    }
    HeapTuple member = SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(table), ObjectIdGetDatum(publication.oid));
    if (!HeapTupleIsValid(member)) {
        return nullptr;
    }
    Bitmapset* list = pg::publication_column_list(member);
    ReleaseSysCache(member);
    return list;
}

}  // namespace

std::span<const char* const> parse_publications(std::string_view option, std::string_view list, MemoryContext context) {
    constexpr const char* hint = "Give names of publications, separated by commas, for example shop, \"Billing\".";
    constexpr std::size_t max_names = 100;
    OptionText text(option, list, OptionText::list_symbols, context);
    GrowingArray<const char*> names(context);
    do {
        const std::size_t start = text.at();
        const NamePattern name = text.take_name("the name of a publication", hint);
        if (!name.is_literal) {
            text.refuse(start, "a publication is named in full", hint);
        }
        if (names.size() == max_names) {
            text.refuse(start, "too many publications", psprintf("At most %zu can be named.", max_names));
        }
        names.append(name.text.data());
    } while (text.take_symbol(","));
    if (!text.at_end()) {
        text.refuse(text.at(), "expected \",\" or the end of the list", hint);
    }
    return names.items();
}

PublicationSet::PublicationSet(std::span<const char* const> names, MemoryContext context) : names_(names) {
    loaded_ =
        static_cast<PublicationState*>(MemoryContextAllocZero(context, (names.size() + 1) * sizeof(PublicationState)));
    was_warned_of_ = static_cast<bool*>(MemoryContextAllocZero(context, (names.size() + 1) * sizeof(bool)));
}

// One that is not there yet, or was not there yet when the change was made: the slot goes on without it.
void PublicationSet::load(const CatalogWatch& watch) {
    const std::uint64_t generation = watch.generation();
    if (loaded_generation_ == generation) {
        return;
    }
    loaded_generation_ = 0;
    loaded_count_ = 0;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const Publication* publication = GetPublicationByName(names_[i], true);
        if (publication != nullptr) {
            loaded_[loaded_count_++] = {publication->oid, publication->alltables, publication->pubviaroot,
                                        pg::publishes_generated_columns(publication),
                                        actions_of(publication->pubactions)};
        } else if (!was_warned_of_[i]) {
            was_warned_of_[i] = true;
            ereport(WARNING,
                    (errcode(ERRCODE_UNDEFINED_OBJECT),
                     errmsg("publication \"%s\" does not exist at this point of the write-ahead log", names_[i]),
                     errhint("Changes from before it was created are not sent by it. Create it, or correct the "
                             "option \"publications\".")));
        }
    }
    loaded_generation_ = watch.generation() == generation ? generation : 0;
}

Published PublicationSet::find(Relation relation, CatalogWatch& watch) {
    const Oid oid = RelationGetRelid(relation);
    watch.note_publications();
    load(watch);
    List* ancestors = relation->rd_rel->relispartition ? get_partition_ancestors(oid) : NIL;
    ListCell* cell = nullptr;
    foreach (cell, ancestors) {
        watch.note_relation(lfirst_oid(cell));
    }
    const bool is_partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
    GrowingArray<PublicationState> by(CurrentMemoryContext);
    Published published{.actions = 0, .table = oid, .by = {}};
    int level = 0;
    for (const PublicationState& publication : std::span(loaded_, loaded_count_)) {
        const Membership membership = find_membership(publication, oid, ancestors);
        // A partitioned table is truncated as such only where its partitions are not told apart.
        if (!membership.is_member || (is_partitioned && !publication.is_via_root)) {
            continue;
        }
        published.actions |= publication.actions;
        if (membership.level < level) {
            continue;
        }
        if (membership.level > level) {
            by = GrowingArray<PublicationState>(CurrentMemoryContext);
            level = membership.level;
            published.table = membership.table;
        }
        by.append(publication);
    }
    published.by = by.items();
    if (level > 0) {
        published.actions &= static_cast<Actions>(~action::truncate);  // told of the table above
    }
    return published;
}

PublishedColumns::PublishedColumns(const Published& published) {
    GrowingArray<Part> parts(CurrentMemoryContext);
    for (const PublicationState& publication : published.by) {
        const Part part{publication.sends_generated_columns, column_list(publication, published.table)};
        is_contradictory_ = is_contradictory_ || (parts.size() > 0 && !bms_equal(parts.items()[0].list, part.list));
        parts.append(part);
    }
    parts_ = parts.items();
}

bool PublishedColumns::has(const FormData_pg_attribute* attribute) const {
    const bool is_generated = attribute->attgenerated != '\0';
    for (const Part& part : parts_) {
        const bool is_listed = part.list == nullptr || bms_is_member(attribute->attnum, part.list);
        const bool is_sent = !is_generated || part.sends_generated_columns ||
                             (pg::column_lists_hold_generated_columns && part.list != nullptr);
        if (is_listed && is_sent) {
            return true;
        }
    }
    return false;
}

}  // namespace glassflow
