#include "format/network_text.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>

namespace glassflow::format {
namespace {

std::string wire(int family, const char* address, int bits) {
    char bytes[16];
    EXPECT_EQ(inet_pton(family, address, bytes), 1) << address;
    return std::string(1, static_cast<char>(bits)) + std::string(bytes, family == AF_INET ? 4 : 16);
}

std::string text_of(const std::string& bytes, Netmask netmask = Netmask::when_partial) {
    std::string text;
    append_address(text, bytes, netmask);
    return text;
}

TEST(NetworkText, Ipv4) {
    EXPECT_EQ(text_of(wire(AF_INET, "10.0.0.1", 32)), "10.0.0.1");
    EXPECT_EQ(text_of(wire(AF_INET, "10.0.0.1", 8)), "10.0.0.1/8");
    EXPECT_EQ(text_of(wire(AF_INET, "0.0.0.0", 0)), "0.0.0.0/0");
    EXPECT_EQ(text_of(wire(AF_INET, "255.255.255.255", 32), Netmask::always), "255.255.255.255/32");
}

// What PostgreSQL 15 printed; it is not what inet_ntop prints where an IPv4 address is within.
TEST(NetworkText, Ipv6) {
    for (const char* address :
         {"::", "::1", "1::", "1::1", "2001:db8::1", "1:0:0:2::3", "1:0:2:3:4:5:6:7", "0:1:0:1:0:1:0:1",
          "1:2:3:4:5:6:7:8", "::2:0:0:5:6:7", "1:2:3:4:5:6::", "fe80::ffff:ffff:ffff:ffff"})
        EXPECT_EQ(text_of(wire(AF_INET6, address, 128)), address);
    EXPECT_EQ(text_of(wire(AF_INET6, "::ffff:1.2.3.4", 128)), "::ffff:1.2.3.4");
    EXPECT_EQ(text_of(wire(AF_INET6, "::1.2.3.4", 128)), "::1.2.3.4");
    EXPECT_EQ(text_of(wire(AF_INET6, "::1:0", 128)), "::0.1.0.0");
    EXPECT_EQ(text_of(wire(AF_INET6, "::fffe:1.2.3.4", 128)), "::fffe:102:304");
    EXPECT_EQ(text_of(wire(AF_INET6, "1::ffff:1.2.3.4", 128)), "1::ffff:102:304");
    EXPECT_EQ(text_of(wire(AF_INET6, "1:2:3:4:0:6:7:8", 128)), "1:2:3:4:0:6:7:8");
    EXPECT_EQ(text_of(wire(AF_INET6, "2001:db8::", 32)), "2001:db8::/32");
    EXPECT_EQ(text_of(wire(AF_INET6, "::", 0)), "::/0");
    EXPECT_EQ(text_of(wire(AF_INET6, "::", 128), Netmask::always), "::/128");
    EXPECT_EQ(text_of(wire(AF_INET6, "::ffff:0:0", 96)), "::ffff:0.0.0.0/96");
}

// Whatever is printed is the same address when it is read again.
TEST(NetworkText, AddressesAreReadBack) {
    std::mt19937 random(6);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes(17, '\x80');
        for (std::size_t word = 0; word < 8; ++word) {
            const auto value = random() % 3 == 0 ? random() : 0;
            bytes[1 + 2 * word] = static_cast<char>(value >> 8);
            bytes[2 + 2 * word] = static_cast<char>(value);
        }
        char read[16];
        const std::string text = text_of(bytes);
        ASSERT_EQ(inet_pton(AF_INET6, text.c_str(), read), 1) << text;
        EXPECT_EQ(std::string(read, 16), bytes.substr(1)) << text;
    }
}

TEST(NetworkText, MacAddresses) {
    std::string text;
    append_macaddr(text, std::string_view("\x08\x00\x2b\x01\x02\xff", 6));
    EXPECT_EQ(text, "08:00:2b:01:02:ff");
    text.clear();
    append_macaddr(text, std::string_view("\x08\x00\x2b\x01\x02\x03\x04\xff", 8));
    EXPECT_EQ(text, "08:00:2b:01:02:03:04:ff");
}

}  // namespace
}  // namespace glassflow::format
