#include "postgres/server_identity.h"

#include <gtest/gtest.h>

namespace glassflow::postgres {
namespace {

constexpr const char* history =
    "1\t0/A0000A0\tno recovery target specified\n"
    "\n"
    "# a comment\n"
    "2\t16/B374D848\tbefore 2026-01-31 12:00:00+00\n"
    "12\t17/0\tat restore point \"3\"\n";

TEST(ServerIdentityTest, FindsWhereATimelineWasLeft) {
    EXPECT_EQ(parse_fork(history, 1), event::Lsn{0xA0000A0});
    EXPECT_EQ(parse_fork(history, 2), (event::Lsn{0x16'B374D848}));
    EXPECT_EQ(parse_fork(history, 12), (event::Lsn{0x17'00000000}));
}

TEST(ServerIdentityTest, KnowsNothingOfOthers) {
    EXPECT_FALSE(parse_fork(history, 3));
    EXPECT_FALSE(parse_fork("", 1));
    EXPECT_FALSE(parse_fork("1", 1));
    EXPECT_FALSE(parse_fork("1\tnowhere\n", 1));
    EXPECT_FALSE(parse_fork("\n\n\n", 1));
}

}  // namespace
}  // namespace glassflow::postgres
