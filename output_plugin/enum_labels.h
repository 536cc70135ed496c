// Labels of an enum's values, kept so that each is looked up in the catalog once, not for every row.
//
// They belong to a relation entry and go with it: relation_cache.cpp drops them when a label may have been renamed.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace glassflow {

class EnumLabels {
public:
    // The label in the database's encoding, valid until the next call. output is the type's output function.
    std::string_view find(FmgrInfo& output, Oid value) {
        Entry& entry = entries_[value / 2 % entry_count];
        if (entry.value != value || value == InvalidOid) {
            look_up(entry, output, value);
        }
        return {entry.label, entry.label_bytes};
    }

private:
    struct Entry {
        Oid value;
        std::uint32_t label_bytes;
        char label[NAMEDATALEN];
    };

    static void look_up(Entry& entry, FmgrInfo& output, Oid value);

    // Values that a type was created with have even oids in a row; a type with more of them looks some up again.
    static constexpr std::size_t entry_count = 16;
    Entry entries_[entry_count] = {};
};
static_assert(std::is_trivially_destructible_v<EnumLabels>);

}  // namespace glassflow
