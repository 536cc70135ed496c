#include "delivery/dead_letter_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "sink/file/last_line.h"

namespace glassflow::delivery {

namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::size_t read_bytes = 256 << 10;

[[noreturn]] void fail(const std::string& what, int error_number) {
    throw DeadLetterError(what + ": " + std::generic_category().message(error_number),
                          "Make room and give this user write access there, or set state_directory to another place.");
}

class Descriptor {
public:
    explicit Descriptor(int file) : file_(file) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        close();
        file_ = std::exchange(other.file_, -1);
        return *this;
    }
    int get() const { return file_; }

private:
    void close() {
        if (file_ >= 0)
            ::close(file_);
    }

    int file_;
};

// A sink's name is free text; its file name is not.
std::string file_name_of(std::string sink_name) {
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    std::replace_if(
        sink_name.begin(), sink_name.end(), [&](char c) { return !is_plain(c); }, '_');
    return "dead-letters-" + sink_name.substr(0, 100) + ".jsonl";
}

void sync_directory(const std::filesystem::path& directory) {
    const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0 || ::fsync(opened.get()) != 0)
        fail("could not sync directory \"" + directory.string() + "\"", errno);
}

// mkdir -p, with the names on disk: a dead letter in a directory that a power cut takes away is no dead letter.
void make_directories(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (directory.empty() || std::filesystem::is_directory(directory, ignored))
        return;
    make_directories(directory.parent_path());
    if (::mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST)
        fail("could not create state directory \"" + directory.string() + "\"", errno);
    sync_directory(directory.has_parent_path() ? directory.parent_path() : std::filesystem::path("."));
}

bool is_at(int file, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(file, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

// The file under a lock (LOCK_EX, LOCK_SH). While we waited for it another process may have put a new file in its place
// or taken it away: what is written to the old one nobody finds again.
Descriptor open_locked(const std::string& path, int flags, int lock) {
    while (true) {
        Descriptor opened(::open(path.c_str(), flags | O_CLOEXEC, file_mode));
        if (opened.get() < 0)
            return opened;
        while (::flock(opened.get(), lock) != 0) {
            if (errno != EINTR)
                fail("could not lock dead letter file \"" + path + "\"", errno);
        }
        if (is_at(opened.get(), path))
            return opened;
    }
}

void write_all(int file, std::string_view text, int& error_number) {
    while (!text.empty() && error_number == 0) {
        const auto count = ::write(file, text.data(), text.size());
        if (count > 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            error_number = count == 0 ? EIO : errno;
    }
}

// Everything or nothing.
void append_line(int file, const std::string& path, const std::string& line) {
    struct stat before {};
    if (::fstat(file, &before) != 0)
        fail("could not look at dead letter file \"" + path + "\"", errno);
    int error_number = 0;
    write_all(file, line, error_number);
    if (error_number == 0 && ::fsync(file) != 0)
        error_number = errno;
    if (error_number != 0) {
        // Should this fail, too, the next write finds a torn line and cuts it off.
        [[maybe_unused]] const auto ignored = ::ftruncate(file, before.st_size);
        fail("could not write dead letter file \"" + path + "\"", error_number);
    }
}

// A torn line is of a crash before append() returned: its payload was not confirmed and comes again.
void cut_torn_line(int file, const std::string& path) {
    try {
        const auto torn = sink::find_torn_line(file);
        if (torn && ::ftruncate(file, torn->begin) != 0)
            fail("could not repair dead letter file \"" + path + "\"", errno);
    } catch (const std::system_error& error) {
        fail("could not read dead letter file \"" + path + "\"", error.code().value());
    }
}

// A last line without its newline is torn, and not told.
void read_lines(int file, const std::string& path, const std::function<void(std::string_view line)>& take) {
    std::string text;
    std::size_t searched = 0;  // no newline before this
    std::string chunk(read_bytes, '\0');
    while (true) {
        const auto count = ::read(file, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail("could not read dead letter file \"" + path + "\"", errno);
        if (count == 0)
            return;
        text.append(chunk, 0, static_cast<std::size_t>(count));
        std::size_t begin = 0;
        for (std::size_t end = text.find('\n', searched); end != std::string::npos; end = text.find('\n', begin)) {
            take(std::string_view(text).substr(begin, end - begin));
            begin = end + 1;
        }
        text.erase(0, begin);
        searched = text.size();
    }
}

}  // namespace

DeadLetterFile::DeadLetterFile(const std::string& state_directory, const std::string& sink_name)
    : path_((std::filesystem::path(state_directory) / file_name_of(sink_name)).string()) {}

void DeadLetterFile::prepare() const {
    const std::string directory = std::filesystem::path(path_).parent_path().string();
    make_directories(std::filesystem::path(directory).lexically_normal());
    const bool exists = ::access(path_.c_str(), F_OK) == 0;
    const auto& needed = exists ? path_ : directory;
    if (::access(needed.c_str(), exists ? R_OK | W_OK : W_OK | X_OK) != 0)
        fail("could not write to \"" + needed + "\"", errno);
}

void DeadLetterFile::append(const std::string& line) {
    is_name_synced_ = is_name_synced_ && ::access(path_.c_str(), F_OK) == 0;
    const Descriptor opened = open_locked(path_, O_RDWR | O_APPEND | O_CREAT, LOCK_EX);
    if (opened.get() < 0)
        fail("could not open dead letter file \"" + path_ + "\"", errno);
    cut_torn_line(opened.get(), path_);
    append_line(opened.get(), path_, line);
    if (!is_name_synced_) {
        sync_directory(std::filesystem::path(path_).parent_path());
        is_name_synced_ = true;
    }
}

void DeadLetterFile::read(const std::function<void(std::string_view line)>& take) const {
    const Descriptor opened = open_locked(path_, O_RDONLY, LOCK_SH);
    if (opened.get() < 0 && errno == ENOENT)
        return;
    if (opened.get() < 0)
        fail("could not open dead letter file \"" + path_ + "\"", errno);
    read_lines(opened.get(), path_, take);
}

std::uint64_t DeadLetterFile::remove_unless(const std::function<bool(std::string_view line)>& is_kept) {
    const Descriptor old = open_locked(path_, O_RDWR, LOCK_EX);
    if (old.get() < 0 && errno == ENOENT)
        return 0;
    if (old.get() < 0)
        fail("could not open dead letter file \"" + path_ + "\"", errno);
    const std::string new_path = path_ + ".new";
    std::uint64_t removed = 0;
    {
        const Descriptor kept(::open(new_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
        if (kept.get() < 0)
            fail("could not create \"" + new_path + "\"", errno);
        int error_number = 0;
        read_lines(old.get(), path_, [&](std::string_view line) {
            if (!is_kept(line)) {
                ++removed;
                return;
            }
            write_all(kept.get(), line, error_number);
            write_all(kept.get(), "\n", error_number);
        });
        if (error_number == 0 && ::fsync(kept.get()) != 0)
            error_number = errno;
        if (error_number != 0) {
            ::unlink(new_path.c_str());
            fail("could not write \"" + new_path + "\"", error_number);
        }
    }
    if (::rename(new_path.c_str(), path_.c_str()) != 0)
        fail("could not rename \"" + new_path + "\"", errno);
    sync_directory(std::filesystem::path(path_).parent_path());
    return removed;
}

std::uint64_t DeadLetterFile::count() const {
    std::uint64_t lines = 0;
    read([&](std::string_view) { ++lines; });
    return lines;
}

}  // namespace glassflow::delivery
