// A position in the write-ahead log: 64 bits, printed by Postgres as two hexadecimal halves, "16/B374D848".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::event {

struct Lsn {
    std::uint64_t value = 0;  // 0 is Postgres' InvalidXLogRecPtr: "none"

    friend auto operator<=>(Lsn, Lsn) = default;
};

std::string to_string(Lsn lsn);

// nullopt unless text is exactly what Postgres prints: 1 to 8 hex digits, a slash, 1 to 8 hex digits.
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace glassflow::event
