#include "keyed_hash.h"

#include <cstring>

namespace glassflow {

KeyedHash::KeyedHash(std::string_view key) {
    Sha256Digest digest;
    if (key.size() > sha256_block_bytes) {
        Sha256 hash;
        hash.update(key);
        digest = hash.finish();
        key = view_of(digest);
    }
    char inner[sha256_block_bytes];
    char outer[sha256_block_bytes];
    for (std::size_t i = 0; i < sha256_block_bytes; ++i) {
        const char byte = i < key.size() ? key[i] : '\0';
        inner[i] = static_cast<char>(byte ^ 0x36);
        outer[i] = static_cast<char>(byte ^ 0x5c);
    }
    inner_.update({inner, sizeof(inner)});
    outer_.update({outer, sizeof(outer)});
}

Sha256Digest KeyedHash::of(std::string_view text) const {
    const Sha256Digest digest = inner_.finish_with(text);
    return outer_.finish_with(view_of(digest));
}

Sha256Digest KeyedHash::of(std::string_view first, std::string_view second) const {
    Sha256 inner = inner_;
    inner.update(first);
    inner.update(second);
    const Sha256Digest digest = inner.finish();
    return outer_.finish_with(view_of(digest));
}

}  // namespace glassflow
