// Bytes -> SHA-256, block by block (FIPS 180-4). The state can be copied, so that what many hashes begin with alike is
// worked out once.
//
// Of our own: the server's pg_hmac begins with the key anew and takes a context from OpenSSL for each value, which
// costs more than all the rest of a row; and 13 has none.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace glassflow {

inline constexpr std::size_t sha256_bytes = 32;
inline constexpr std::size_t sha256_block_bytes = 64;

using Sha256Digest = std::array<unsigned char, sha256_bytes>;

class Sha256 {
public:
    void update(std::string_view bytes);
    // Of all that was given. Not to be used after it.
    Sha256Digest finish();
    // Of what was given, which ends with a block, and a text behind it: leaves this as it is, so that many texts can
    // follow the same beginning.
    Sha256Digest finish_with(std::string_view text) const;

private:
    void pad();
    Sha256Digest digest() const;

    std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, sha256_block_bytes> block_;  // its first total_bytes_ % sha256_block_bytes are pending
    std::uint64_t total_bytes_ = 0;
};

}  // namespace glassflow
