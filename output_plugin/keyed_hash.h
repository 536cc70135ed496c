// A key -> HMAC-SHA-256 of texts under it (RFC 2104). What the key contributes is worked out once.
#pragma once

#include "sha256.h"

namespace glassflow {

class KeyedHash {
public:
    explicit KeyedHash(std::string_view key);

    Sha256Digest of(std::string_view text) const;
    // Of the two as one text.
    Sha256Digest of(std::string_view first, std::string_view second) const;

private:
    Sha256 inner_;
    Sha256 outer_;
};

inline std::string_view view_of(const Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace glassflow
