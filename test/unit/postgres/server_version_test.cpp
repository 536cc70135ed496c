#include "postgres/preflight/server_version.h"

#include <gmock/gmock.h>

namespace glassflow::postgres {
namespace {

using Kind = VersionVerdict::Kind;
using testing::HasSubstr;

TEST(ServerVersion, ReleasesWithKnownDefectsAreNamedWithTheOneThatMendsThem) {
    struct Case {
        int version_num;
        const char* what;
        const char* remedy;
    };
    for (const Case& tested : {
             Case{170004, "outdated description", "Upgrade to 17.11 or later."},
             Case{170005, "invalid memory alloc request size", "Upgrade to 17.11 or later."},
             Case{160009, "invalid memory alloc request size", "Upgrade to 16.15 or later."},
             Case{170006, "CVE-2026-6471", "Upgrade to 17.11 or later."},
             Case{180005, "CVE-2026-6471", "Upgrade to 18.6 or later."},
             Case{150018, "CVE-2026-6471", "Upgrade to 15.19 or later."},
             Case{130021, "invalid memory alloc request size", "newer major"},
             Case{130023, "no more corrections", "newer major"},
         }) {
        const VersionVerdict verdict = judge_server_version(tested.version_num);
        EXPECT_EQ(verdict.kind, Kind::has_defects) << tested.version_num;
        EXPECT_THAT(verdict.what, HasSubstr(tested.what)) << tested.version_num;
        EXPECT_THAT(verdict.remedy, HasSubstr(tested.remedy)) << tested.version_num;
    }
}

TEST(ServerVersion, GoodOnesAndThoseThatAreTooOld) {
    for (const int good : {140024, 150019, 150020, 160015, 170011, 180006, 190000})
        EXPECT_EQ(judge_server_version(good).kind, Kind::good) << good;
    EXPECT_EQ(judge_server_version(120022).kind, Kind::too_old);
    EXPECT_EQ(judge_server_version(90624).kind, Kind::too_old);
}

TEST(ServerVersion, TheListOfPluginsIsKnownFromItsMinorsOn) {
    for (const int knows : {140024, 150019, 160015, 170011, 180006, 190000})
        EXPECT_TRUE(knows_plugin_list(knows)) << knows;
    for (const int does_not : {130023, 140023, 150018, 160014, 170010, 180005})
        EXPECT_FALSE(knows_plugin_list(does_not)) << does_not;
}

}  // namespace
}  // namespace glassflow::postgres
