// What every event of a table repeats, as JSON text made once: its name and its columns' names.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "event/relation.h"

namespace glassflow::format {

class RelationText {
public:
    struct Text {
        std::string place;                 // "_schema":"public","_table":"orders"
        std::vector<std::string> columns;  // "id": with the colon, in column order
    };

    // Valid until the relation is described again.
    const Text& of(const event::Relation& relation) {
        const auto known = texts_.find(&relation);
        return known != texts_.end() ? known->second : make(relation);
    }
    // The relation is new, or another one than before at the same place.
    void described(const event::Relation& relation) { texts_.erase(&relation); }

private:
    const Text& make(const event::Relation& relation);

    std::unordered_map<const event::Relation*, Text> texts_;
};

}  // namespace glassflow::format
