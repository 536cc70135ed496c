// Whose changes are sent: the option `origin`. A change that came by replication carries the origin that the session
// which applied it had set (pg_replication_origin_session_setup); one that a client made carries none.
//
//   origin = "any" | name *( "," name )      none: changes without an origin; "none": an origin of that name
//
// A name stands in a catalog, which only a transaction that is replayed may read; so what comes of origins by name is
// judged at the beginning of each transaction, and only local changes can be told earlier.
#pragma once

#include "option_text.h"

#include <span>

namespace glassflow {

class OriginFilter {
public:
    static constexpr std::size_t max_names = 100;

    static OriginFilter parse(std::string_view option, std::string_view list, MemoryContext context);

    // Without it, every change is wanted, and the server need not ask.
    bool is_given() const { return is_given_; }
    // True when no change with this origin is wanted, as far as can be told without the catalog.
    bool drops(RepOriginId origin) const { return origin == InvalidRepOriginId ? !wants_local_ : names_.empty(); }
    // Of a transaction that is about to be replayed. Reads the catalog when there are names.
    bool wants_transaction(RepOriginId origin) const;

private:
    bool is_given_ = false;
    bool wants_local_ = true;
    std::span<const std::string_view> names_;
};
static_assert(std::is_trivially_destructible_v<OriginFilter>);

}  // namespace glassflow
