// Bytes for a person: "512 bytes", "16.0 MiB".
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace glassflow::postgres {

inline std::string byte_text(std::int64_t bytes) {
    constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024)
        return std::to_string(bytes) + " bytes";
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
        value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
    return text.data();
}

}  // namespace glassflow::postgres
