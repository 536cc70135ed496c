// A spool in a file without a name: it is gone with the process, however that ends.
#pragma once

#include <string>

#include "decode/spool.h"

namespace glassflow::delivery {

// Makes spools in that directory.
decode::MakeSpool spool_files_in(const std::string& directory);

}  // namespace glassflow::delivery
