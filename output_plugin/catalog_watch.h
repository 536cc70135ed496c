// Which rows of the catalog the plans of relations were made from, so that an invalidation of anything else costs
// nothing: a session that creates tables all day must not make every plan stale with each of their row types.
#pragma once

#include "pg_headers.h"

namespace glassflow {

class CatalogWatch {
public:
    // A plan being made has looked at this type: its name, output function, labels.
    void note_type(Oid type);
    // A plan being made has looked at the columns of this relation: the row type of a composite.
    void note_relation(Oid relation);
};
static_assert(std::is_trivially_destructible_v<CatalogWatch>);

}  // namespace glassflow
