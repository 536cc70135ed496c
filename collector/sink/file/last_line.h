// The end of a file of JSON lines: is the last line whole, and if not, where does it begin?
#pragma once

#include <sys/types.h>

#include <optional>

namespace glassflow::sink {

// A last line without its newline.
struct TornLine {
    off_t begin = 0;  // offset of its first byte
    off_t size = 0;   // at least 1
    // Begins with '{', as every line of ours does, or is nothing but zeros: what a power cut can make of one.
    bool is_ours = false;
    bool is_whole_object = false;  // one complete JSON object: only the newline is missing
};

// nullopt when the file is empty or ends with a newline. file is open for reading; its offset is not used.
// Throws std::system_error when it cannot be read.
std::optional<TornLine> find_torn_line(int file);

}  // namespace glassflow::sink
