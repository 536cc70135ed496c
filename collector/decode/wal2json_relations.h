// What rows of wal2json say of their tables -> event::Relation.
//
// wal2json describes no table: each row carries the names and types of its columns, and an update or delete those of
// its identity. So what is known of a table is learnt from its rows and described (again) when a row says otherwise. An
// update leaves out what it left in TOAST: when it is the first to tell of a table, the catalog is asked for the rest.
// Which replica identity it has is concluded, see conclude_identity(); docs/other_plugins.md says where that may be
// wrong, and that it then costs a `before`, never a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decode/catalog_columns.h"
#include "decode/wal2json_document.h"
#include "event/event_handler.h"

namespace glassflow::decode {

class Wal2jsonRelations {
public:
    // Without a catalog (empty), tables that only updates tell of lack what these leave out.
    explicit Wal2jsonRelations(CatalogColumns catalog) : catalog_(std::move(catalog)) {}

    // The table of a change, which the handler was told of. Valid until relations_change() or reset().
    const event::Relation& describe(const JsonChange& change, JsonFormat format, event::EventHandler& handler);

    // Forgets what is known; numbers of tables stay theirs.
    void reset() { known_.clear(); }

private:
    struct Known {
        event::Relation relation;
        std::vector<std::string> primary_key;
        bool has_identity = false;  // an update or delete has shown it
    };
    struct Identity {
        event::ReplicaIdentity identity = event::ReplicaIdentity::default_;
        std::vector<std::string_view> key;
        bool is_shown = false;
    };

    std::uint32_t number_of(const std::string& name);
    std::vector<event::Column> columns_of(const JsonChange& change) const;
    static bool fits(const Known& known, const JsonChange& change);
    static Identity conclude_identity(const Known* known, const event::Relation& relation, const JsonChange& change,
                                      JsonFormat format, bool has_whole_row);

    const CatalogColumns catalog_;
    std::unordered_map<std::string, Known> known_;            // by schema, zero byte, table
    std::unordered_map<std::string, std::uint32_t> numbers_;  // likewise
    std::uint32_t last_number_ = 0;
};

}  // namespace glassflow::decode
