// Reads backwards from the end in blocks, so that the size of the file does not matter; the torn line itself is read
// as a stream, so that its size does not either.
#include "sink/file/last_line.h"

#include <rapidjson/reader.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace glassflow::sink {

namespace {

constexpr off_t block_bytes = 64 * 1024;

std::size_t read_at(int file, char* bytes, std::size_t count, off_t offset) {
    std::size_t total = 0;
    while (total < count) {
        auto got = ::pread(file, bytes + total, count - total, offset + static_cast<off_t>(total));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw std::system_error(errno, std::generic_category(), "could not read the end of the file");
        }
        if (got == 0) {
            break;
        }
        total += static_cast<std::size_t>(got);
    }
    return total;
}

// What RapidJSON wants of an input, over a part of a file.
class FilePart {
public:
    using Ch = char;

    FilePart(int file, off_t begin, off_t end) : file_(file), offset_(begin), end_(end) { fill(); }

    char Peek() const { return position_ < size_ ? block_[position_] : '\0'; }
    char Take() {
        auto c = Peek();
        ++taken_;
        if (++position_ >= size_) {
            fill();
        }
        return c;
    }
    std::size_t Tell() const { return taken_; }

    // Of the writing half of the concept; the reader never calls these on an input.
    char* PutBegin() { return nullptr; }
    void Put(char) {}
    void Flush() {}
    std::size_t PutEnd(char*) { return 0; }

private:
    void fill() {
        auto wanted = std::min<off_t>(end_ - offset_, block_bytes);
        size_ = wanted > 0 ? read_at(file_, block_.data(), static_cast<std::size_t>(wanted), offset_) : 0;
        offset_ += static_cast<off_t>(size_);
        position_ = 0;
    }

    int file_;
    off_t offset_;
    off_t end_;
    std::array<char, block_bytes> block_;
    std::size_t position_ = 0;
    std::size_t size_ = 0;
    std::size_t taken_ = 0;
};

bool is_whole_object(int file, off_t begin, off_t end) {
    FilePart part(file, begin, end);
    rapidjson::BaseReaderHandler<> nothing;
    rapidjson::Reader reader;
    bool is_valid = !reader.Parse<rapidjson::kParseIterativeFlag>(part, nothing).IsError();
    // A zero byte ends a document for RapidJSON; only the end of the file does for us.
    return is_valid && part.Tell() == static_cast<std::size_t>(end - begin);
}

bool is_all_zeros(int file, off_t begin, off_t end) {
    FilePart part(file, begin, end);
    auto size = static_cast<std::size_t>(end - begin);
    while (part.Tell() < size && part.Peek() == '\0') {
        part.Take();
    }
    return part.Tell() == size;
}

}  // namespace

std::optional<TornLine> find_torn_line(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0) {
        throw std::system_error(errno, std::generic_category(), "could not look at the file");
    }
    std::array<char, block_bytes> block;
    TornLine line;
    for (off_t end = status.st_size; end > 0 && line.begin == 0;) {
        auto begin = std::max<off_t>(end - block_bytes, 0);
        auto size = read_at(file, block.data(), static_cast<std::size_t>(end - begin), begin);
        auto newline = std::string_view(block.data(), size).rfind('\n');
        if (newline != std::string_view::npos) {
            line.begin = begin + static_cast<off_t>(newline) + 1;
        }
        end = begin;
    }
    line.size = status.st_size - line.begin;
    if (line.size == 0) {
        return std::nullopt;
    }
    FilePart part(file, line.begin, status.st_size);
    bool begins_object = part.Peek() == '{';
    line.is_ours = begins_object || is_all_zeros(file, line.begin, status.st_size);
    line.is_whole_object = begins_object && is_whole_object(file, line.begin, status.st_size);
    return line;
}

}  // namespace glassflow::sink
