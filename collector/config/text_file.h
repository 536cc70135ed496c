// A small file -> its text. Bounded, so that a wrong path (a device, a log) cannot fill the memory.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace glassflow::config {

struct TextFile {
    std::string text;
    bool is_world_readable = false;  // a regular file that others may read
};

// Why it could not be read: "permission denied", "is larger than 1MiB".
class FileError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

TextFile read_text_file(const std::string& path, std::size_t max_bytes);

}  // namespace glassflow::config
