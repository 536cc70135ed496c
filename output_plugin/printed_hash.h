// A text -> its hash under the server's key, in hexadecimal; hashes of short texts that came a moment ago are
// remembered, because most columns repeat themselves.
#pragma once

#include "keyed_hash.h"

#include <cstring>

namespace glassflow {

class PrintedHash {
public:
    static constexpr std::size_t printed_bytes = 2 * sha256_bytes;

    explicit PrintedHash(std::string_view key) : hash_(key) {}

    // printed_bytes of it; valid until the next call.
    std::string_view of(std::string_view text);

private:
    static constexpr std::size_t remembered_bytes = 39;
    static constexpr std::size_t place_count = 256;
    static constexpr unsigned char nothing = 0xff;

    // Of one text, until another takes its place.
    struct Place {
        unsigned char size = nothing;
        char text[remembered_bytes];
        char printed[printed_bytes];
    };

    static std::size_t place_of(std::string_view text);
    void print(char* out, std::string_view text) const;

    KeyedHash hash_;
    Place places_[place_count];
    char printed_[printed_bytes];  // of a text that is too long to be remembered
};

}  // namespace glassflow
