// What every event of a table repeats, as JSON text made once: its name and its columns' names.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/relation.h"

namespace glassflow::format {

class RelationText {
public:
    // What a column is called in the form; the name in the table when there is no such function.
    using Naming = std::string (*)(const event::Relation& relation, std::size_t column);

    explicit RelationText(Naming naming = nullptr) : naming_(naming) {}

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

    const Naming naming_;
    std::unordered_map<const event::Relation*, Text> texts_;
};

}  // namespace glassflow::format
