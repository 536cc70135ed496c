// Runs of bytes of records -> what the plugin says about them at the commit: how many, and their CRC32C.
#pragma once

#include <cstdint>
#include <string_view>

namespace glassflow::decode {

class RecordSum {
public:
    void add(std::string_view bytes);

    std::uint64_t bytes() const { return bytes_; }
    std::uint32_t checksum() const { return ~crc_; }

private:
    std::uint64_t bytes_ = 0;
    std::uint32_t crc_ = 0xFFFFFFFF;
};

}  // namespace glassflow::decode
