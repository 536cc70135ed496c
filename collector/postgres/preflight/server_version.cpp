// The minor releases of each major that mended something which decoding needs. A later row is of a later minor, so the
// first that applies is the worst, and the remedy is always the last: the newest that mends all.
#include "postgres/preflight/server_version.h"

#include <array>

namespace glassflow::postgres {

namespace {

struct Mended {
    const char* what;
    std::array<int, 5> minors;  // the first good one of 13, 14, 15, 16, 17
};

constexpr int oldest_major = 13;
constexpr int newest_major_with_rows = 17;

// Commit 4909b38af of May 2025; its own defect, mended in August 2025 (bugs 18938 and 18942).
constexpr Mended may_miss_changes = {
    "can decode changes with an outdated description of a table, and pgoutput can miss "
    "changes, when DDL runs beside open transactions",
    {21, 18, 13, 9, 5}};
constexpr Mended may_not_decode = {
    "can fail to decode for good (\"invalid memory alloc request size\") when DDL runs "
    "beside open transactions",
    {22, 19, 14, 10, 6}};

// CVE-2026-6471, August 2026: the first minor with the list of allowed plugins, by major; 13 has none any more.
constexpr int plugin_list_minor(int major) {
    switch (major) {
        case 14:
            return 24;
        case 15:
            return 19;
        case 16:
            return 15;
        case 17:
            return 11;
        case 18:
            return 6;
        default:
            return major > 18 ? 0 : -1;
    }
}

}  // namespace

bool knows_plugin_list(int version_num) {
    const int major = version_num / 10000;
    const int first = plugin_list_minor(major);
    return first >= 0 && version_num % 10000 >= first;
}

VersionVerdict judge_server_version(int version_num) {
    const int major = version_num / 10000;
    const int minor = version_num % 10000;
    if (major < oldest_major)
        return {VersionVerdict::Kind::too_old, "is too old", ""};
    const int list_minor = plugin_list_minor(major);
    const std::string better = list_minor >= 0 ? std::to_string(major) + "." + std::to_string(list_minor) + " or later"
                                               : std::to_string(major) + ".23, or better to a newer major";
    const auto defects = [&](const std::string& what) {
        return VersionVerdict{VersionVerdict::Kind::has_defects, what, "Upgrade to " + better + "."};
    };
    if (major <= newest_major_with_rows) {
        const auto column = static_cast<std::size_t>(major - oldest_major);
        if (minor < may_miss_changes.minors[column])
            return defects(may_miss_changes.what);
        if (minor < may_not_decode.minors[column])
            return defects(may_not_decode.what);
    }
    if (major == oldest_major)
        return {VersionVerdict::Kind::has_defects, "gets no more corrections since November 2025",
                "Upgrade to a newer major."};
    if (minor < list_minor)
        return defects("lets every replication role load any library as an output plugin (CVE-2026-6471)");
    return {};
}

}  // namespace glassflow::postgres
