// The compression function twice: in plain C++, and with the instructions that x86 has for it, where the processor
// does.
#include "sha256.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace glassflow {

namespace {

constexpr std::uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using State = std::array<std::uint32_t, 8>;
using Compress = void (*)(State&, const unsigned char*, std::size_t);

constexpr std::uint32_t rotate_right(std::uint32_t word, int bits) {
    return word >> bits | word << (32 - bits);
}

std::uint32_t big_endian(const unsigned char* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void expand(std::uint32_t (&words)[64], const unsigned char* block) {
    for (int i = 0; i < 16; ++i) {
        words[i] = big_endian(block + std::size_t{4} * i);
    }
    for (int i = 16; i < 64; ++i) {
        const std::uint32_t s0 =
            rotate_right(words[i - 15], 7) ^ rotate_right(words[i - 15], 18) ^ (words[i - 15] >> 3);
        const std::uint32_t s1 = rotate_right(words[i - 2], 17) ^ rotate_right(words[i - 2], 19) ^ (words[i - 2] >> 10);
        words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
}

void compress_plainly(State& state, const unsigned char* blocks, std::size_t block_count) {
    std::uint32_t words[64];
    for (; block_count > 0; --block_count, blocks += sha256_block_bytes) {
        expand(words, blocks);
        auto [a, b, c, d, e, f, g, h] = state;
        for (int i = 0; i < 64; ++i) {
            const std::uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
            const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + words[i];
            const std::uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
            const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + t1;
            d = c;
            c = b;
            b = a;
            a = t1 + t2;
        }
        const State rounds{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < state.size(); ++i) {
            state[i] += rounds[i];
        }
    }
}

#if defined(__x86_64__)

// The instructions keep the state as two registers, {a b e f} and {c d g h}, highest word first, and do two rounds
// each.
__attribute__((target("sha,sse4.1,ssse3"))) void compress_by_instructions(State& state, const unsigned char* blocks,
                                                                          std::size_t block_count) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state.data())), 0xb1);
    const __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state.data() + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8);
    __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (; block_count > 0; --block_count, blocks += sha256_block_bytes) {
        const __m128i abef_before = abef;
        const __m128i cdgh_before = cdgh;
        __m128i words[4];
        for (int i = 0; i < 16; ++i) {
            __m128i& now = words[i & 3];
            if (i < 4) {
                now = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks) + i), swap);
            } else {
                const __m128i before = words[(i + 3) & 3];
                const __m128i seven_ago = _mm_alignr_epi8(before, words[(i + 2) & 3], 4);
                now = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(now, words[(i + 1) & 3]), seven_ago),
                                           before);
            }
            const __m128i keyed =
                _mm_add_epi32(now, _mm_loadu_si128(reinterpret_cast<const __m128i*>(round_constants) + i));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}

bool has_instructions() {
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

Compress choose_compress() {
    return has_instructions() ? compress_by_instructions : compress_plainly;
}

#else

Compress choose_compress() {
    return compress_plainly;
}

#endif

constinit Compress chosen = nullptr;

void compress(State& state, const unsigned char* blocks, std::size_t block_count) {
    if (chosen == nullptr) {
        chosen = choose_compress();
    }
    chosen(state, blocks, block_count);
}

constexpr std::size_t length_bytes = 8;  // of the number of bits, at the end

void store_big_endian(unsigned char* bytes, std::uint32_t word) {
    const std::uint32_t swapped = __builtin_bswap32(word);
    memcpy(bytes, &swapped, sizeof(swapped));
}

}  // namespace

void Sha256::update(std::string_view bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = bytes.size();
    const std::size_t pending = total_bytes_ % sha256_block_bytes;
    total_bytes_ += size;
    if (pending > 0) {
        const std::size_t taken = size < sha256_block_bytes - pending ? size : sha256_block_bytes - pending;
        memcpy(block_.data() + pending, data, taken);
        data += taken;
        size -= taken;
        if (pending + taken < sha256_block_bytes) {
            return;
        }
        compress(state_, block_.data(), 1);
    }
    if (const std::size_t whole = size / sha256_block_bytes; whole > 0) {
        compress(state_, data, whole);
        data += whole * sha256_block_bytes;
        size -= whole * sha256_block_bytes;
    }
    if (size > 0) {
        memcpy(block_.data(), data, size);
    }
}

// A one bit, zeros, and the number of bits in 64, so that it ends with a block.
void Sha256::pad() {
    const std::uint64_t bits = total_bytes_ * 8;
    std::size_t pending = total_bytes_ % sha256_block_bytes;
    block_[pending++] = 0x80;
    if (pending > sha256_block_bytes - length_bytes) {
        memset(block_.data() + pending, 0, sha256_block_bytes - pending);
        compress(state_, block_.data(), 1);
        pending = 0;
    }
    memset(block_.data() + pending, 0, sha256_block_bytes - length_bytes - pending);
    store_big_endian(block_.data() + sha256_block_bytes - length_bytes, static_cast<std::uint32_t>(bits >> 32));
    store_big_endian(block_.data() + sha256_block_bytes - length_bytes / 2, static_cast<std::uint32_t>(bits));
}

Sha256Digest Sha256::digest() const {
    Sha256Digest digest;
    for (std::size_t i = 0; i < state_.size(); ++i) {
        store_big_endian(digest.data() + 4 * i, state_[i]);
    }
    return digest;
}

Sha256Digest Sha256::finish() {
    pad();
    compress(state_, block_.data(), 1);
    return digest();
}

Sha256Digest Sha256::finish_with(std::string_view text) const {
    Sha256 hash;
    hash.state_ = state_;
    hash.total_bytes_ = total_bytes_;
    hash.update(text);
    return hash.finish();
}

}  // namespace glassflow
