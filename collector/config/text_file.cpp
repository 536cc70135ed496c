// Pipes are read, too (a shell's process substitution, a container's secret), so the size is counted, not asked.
#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

#include "config/value_text.h"

namespace glassflow::config {
namespace {

class Descriptor {
public:
    explicit Descriptor(const char* path) : number_(::open(path, O_RDONLY | O_CLOEXEC)) {}
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

[[noreturn]] void throw_errno() {
    std::string reason = std::system_category().message(errno);
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    throw FileError(reason);
}

}  // namespace

TextFile read_text_file(const std::string& path, std::size_t max_bytes) {
    const Descriptor descriptor(path.c_str());
    struct stat status {};
    if (descriptor.number() < 0 || ::fstat(descriptor.number(), &status) != 0) {
        throw_errno();
    }
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
        throw FileError("is neither a file nor a pipe");
    }
    TextFile file;
    file.is_world_readable = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
    std::array<char, 16384> buffer;
    for (;;) {
        const ssize_t count = ::read(descriptor.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw_errno();
        }
        if (count == 0) {
            return file;
        }
        file.text.append(buffer.data(), static_cast<std::size_t>(count));
        if (file.text.size() > max_bytes) {
            throw FileError("is larger than " + size_text(max_bytes));
        }
    }
}

}  // namespace glassflow::config
