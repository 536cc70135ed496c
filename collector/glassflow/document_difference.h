// Two pipeline documents -> what an edit would change, line by line. Secrets are never shown.
//
// What the server adds by itself (defaults, schema_version, resources), other spellings of a duration, another order
// and the shape of newer servers (schema.fields) are no differences.
#pragma once

#include <string>
#include <vector>

#include "glassflow/document.h"

namespace glassflow::etl {

// "sink.mapping[price].column_type: String -> Float64", "+ transforms[stateless]…", "- …". Empty: they mean the same.
std::vector<std::string> document_difference(const Node& current, const Node& wanted);

// wanted, with what belongs to whoever runs GlassFlow taken from current: resources and tags.
Node keep_foreign_parts(const Node& current, Node wanted);

}  // namespace glassflow::etl
