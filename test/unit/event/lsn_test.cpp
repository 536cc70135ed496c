#include "event/lsn.h"

#include <gtest/gtest.h>

namespace glassflow::event {
namespace {

TEST(Lsn, PrintsAsPostgresDoes) {
    EXPECT_EQ(to_string(Lsn{0}), "0/0");
    EXPECT_EQ(to_string(Lsn{0x16B3748}), "0/16B3748");
    EXPECT_EQ(to_string(Lsn{0x16'B374'D848}), "16/B374D848");
    EXPECT_EQ(to_string(Lsn{0x1'0000'000A}), "1/A");
    EXPECT_EQ(to_string(Lsn{~0ull}), "FFFFFFFF/FFFFFFFF");
}

TEST(Lsn, ReadsWhatItPrints) {
    for (const std::uint64_t value : {0ull, 1ull, 0xFFFF'FFFFull, 0x1'0000'0000ull, 0x16'B374'D848ull, ~0ull})
        EXPECT_EQ(parse_lsn(to_string(Lsn{value})), Lsn{value});
    EXPECT_EQ(parse_lsn("16/b374d848"), Lsn{0x16'B374'D848});
    EXPECT_EQ(parse_lsn("00000016/0000000A"), (Lsn{0x16'0000'000A}));
}

TEST(Lsn, RefusesEverythingElse) {
    for (const char* text : {"", "/", "0", "0/", "/0", "0/0/0", "0x1/0", "+1/0", "-1/0", " 1/0", "1/0 ", "1/ 0", "g/0",
                             "123456789/0", "0/123456789", "000000000/0"})
        EXPECT_EQ(parse_lsn(text), std::nullopt) << text;
}

}  // namespace
}  // namespace glassflow::event
