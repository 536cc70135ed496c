#include "decode/record_sum.h"

#include <gtest/gtest.h>

#include <string>

namespace glassflow::decode {
namespace {

// The check values of RFC 3720, appendix B.4, and of every catalogue of CRCs.
TEST(RecordSum, IsTheServersCrc32c) {
    const auto checksum = [](std::string_view bytes) {
        RecordSum sum;
        sum.add(bytes);
        return sum.checksum();
    };
    EXPECT_EQ(checksum(""), 0u);
    EXPECT_EQ(checksum("123456789"), 0xE3069283u);
    EXPECT_EQ(checksum(std::string(32, '\0')), 0x8A9136AAu);
    EXPECT_EQ(checksum(std::string(32, '\xFF')), 0x62A8AB43u);
}

TEST(RecordSum, DoesNotDependOnHowTheBytesAreDivided) {
    std::string bytes;
    for (int i = 0; i < 3000; ++i)
        bytes += static_cast<char>(i * 7);
    RecordSum whole;
    whole.add(bytes);
    for (const std::size_t size : {1, 3, 8, 255, 1024}) {
        RecordSum divided;
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(size, rest.size())))
            divided.add(rest.substr(0, size));
        EXPECT_EQ(divided.checksum(), whole.checksum());
        EXPECT_EQ(divided.bytes(), bytes.size());
    }
}

}  // namespace
}  // namespace glassflow::decode
