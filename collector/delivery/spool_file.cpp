#include "delivery/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "decode/decode_error.h"

namespace glassflow::delivery {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& directory, int error_number) {
    throw decode::DecodeError(
        decode::DecodeError::Kind::over_budget,
        what + " in \"" + directory + "\": " + std::generic_category().message(error_number), 0,
        "Make room there and give this user write access, set state_directory to another place, or "
        "set source.streaming: false.");
}

// Not every file system can make a file that has no name from the start.
int open_unnamed(const std::string& directory) {
    constexpr mode_t file_mode = 0600;
    const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, file_mode);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return file;
    std::string path = (std::filesystem::path(directory) / "streamed-XXXXXX").string();
    const int named = ::mkostemp(path.data(), O_CLOEXEC);
    if (named >= 0)
        ::unlink(path.c_str());
    return named;
}

class SpoolFile final : public decode::Spool {
public:
    explicit SpoolFile(std::string directory) : directory_(std::move(directory)), file_(open_unnamed(directory_)) {
        if (file_ < 0)
            fail("could not make a spool file", directory_, errno);
    }
    ~SpoolFile() override { ::close(file_); }
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;

    void append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto count = ::write(file_, bytes.data(), bytes.size());
            if (count > 0)
                bytes.remove_prefix(static_cast<std::size_t>(count));
            else if (count == 0 || errno != EINTR)
                fail("could not write a spool file", directory_, count == 0 ? EIO : errno);
        }
    }

    void read(std::uint64_t offset, std::span<char> out) override {
        while (!out.empty()) {
            const auto count = ::pread(file_, out.data(), out.size(), static_cast<off_t>(offset));
            if (count > 0) {
                offset += static_cast<std::uint64_t>(count);
                out = out.subspan(static_cast<std::size_t>(count));
            } else if (count == 0 || errno != EINTR) {
                fail("could not read a spool file", directory_, count == 0 ? EIO : errno);
            }
        }
    }

private:
    const std::string directory_;
    const int file_;
};

}  // namespace

decode::MakeSpool spool_files_in(const std::string& directory) {
    return [directory] { return std::make_unique<SpoolFile>(directory); };
}

}  // namespace glassflow::delivery
