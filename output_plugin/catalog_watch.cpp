#include "catalog_watch.h"

namespace glassflow {

void CatalogWatch::note_type(Oid) {}
void CatalogWatch::note_relation(Oid) {}

}  // namespace glassflow
