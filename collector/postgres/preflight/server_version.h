// server_version_num -> what is known to be wrong with that release. Pure.
#pragma once

#include <string>

namespace glassflow::postgres {

struct VersionVerdict {
    enum class Kind { good, has_defects, too_old };

    Kind kind = Kind::good;
    std::string what;    // after "PostgreSQL 16.9 ": a phrase
    std::string remedy;  // full sentences
};

VersionVerdict judge_server_version(int version_num);

// Whether releases from this one on know output_plugin_libraries.
bool knows_plugin_list(int version_num);

}  // namespace glassflow::postgres
