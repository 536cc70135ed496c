// What a decoder may ask of the server's catalog, for a plugin whose stream does not tell it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace glassflow::decode {

struct CatalogColumn {
    std::string name;
    std::string type;  // as format_type() prints it
    std::uint32_t type_oid = 0;
    bool is_not_null = false;
};

// The columns that a table has now, in their order and without virtual ones; none when there is no such table.
using CatalogColumns = std::function<std::vector<CatalogColumn>(std::string_view schema, std::string_view table)>;

}  // namespace glassflow::decode
