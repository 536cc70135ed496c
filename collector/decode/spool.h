// Where bytes go that are too many to be kept in memory, until they are read back once. Whoever has disks makes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace glassflow::decode {

class Spool {
public:
    virtual ~Spool() = default;
    // Both throw DecodeError: of kind over_budget when there is no room.
    virtual void append(std::string_view bytes) = 0;
    // Fills out, beginning offset bytes from the first that was appended.
    virtual void read(std::uint64_t offset, std::span<char> out) = 0;
};

using MakeSpool = std::function<std::unique_ptr<Spool>()>;

}  // namespace glassflow::decode
