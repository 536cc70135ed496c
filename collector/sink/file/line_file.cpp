// Whole lines or nothing. A regular file is written through O_APPEND and cut back to its last whole line when a write
// fails half way; a stream cannot be cut back, so it goes on in the middle of the line instead.
#include "sink/file/line_file.h"

#include <limits.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "log/log.h"
#include "sink/file/last_line.h"

namespace glassflow::sink {

namespace {

constexpr int poll_interval_ms = 100;
constexpr mode_t new_file_mode = 0640;   // rows are nobody else's business
constexpr std::size_t max_parts = 1024;  // IOV_MAX of Linux

char newline[] = "\n";

std::string reason_of(int error_number) {
    return std::generic_category().message(error_number);
}

// Errors that stay until somebody does something about the path.
bool needs_a_person(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
        case ENOENT:
        case ENOTDIR:
        case EISDIR:
        case EROFS:
        case ELOOP:
        case ENAMETOOLONG:
            return true;
        default:
            return false;
    }
}

[[noreturn]] void fail_to_open(const std::string& path, int error_number) {
    if (needs_a_person(error_number)) {
        throw SinkError("could not open file \"" + path + "\": " + reason_of(error_number),
                        "Give a path that this user may read and write, in a directory that exists.");
    }
    throw FileError("could not open file \"" + path + "\"", error_number);
}

[[noreturn]] void refuse_kind(const std::string& path, mode_t mode) {
    if (S_ISDIR(mode)) {
        throw SinkError("path \"" + path + "\" is a directory", "Give the path of a file in it.");
    }
    throw SinkError("path \"" + path + "\" is neither a file nor a pipe",
                    "Give a regular file, a FIFO, or - for standard output.");
}

void refuse_foreign_line(const std::string& path) {
    throw SinkError("file \"" + path + "\" ends with a line that is not ours",
                    "Give another path, or end the file with a newline if JSON lines are to be appended to it.");
}

bool is_stream(mode_t mode) {
    return S_ISFIFO(mode) || S_ISCHR(mode);
}

std::string directory_of(const std::string& path) {
    auto directory = std::filesystem::path(path).parent_path().string();
    return directory.empty() ? "." : directory;
}

struct Descriptor {
    int file;
    ~Descriptor() {
        if (file >= 0) {
            ::close(file);
        }
    }
};

iovec part_of(std::string_view text, std::size_t skip) {
    return {const_cast<char*>(text.data()) + skip, text.size() - skip};
}

}  // namespace

FileError::FileError(const std::string& what, int error_number, bool is_final)
    : std::runtime_error(what + ": " + reason_of(error_number)), is_final_(is_final) {}

LineFile::LineFile(std::string path, FileCalls& calls, std::function<bool()> gives_up)
    : path_(std::move(path)), calls_(calls), gives_up_(std::move(gives_up)), is_stdout_(path_ == "-") {}

LineFile::~LineFile() {
    close_file();
}

void LineFile::check() const {
    if (path_.empty() || path_.ends_with('/')) {
        throw SinkError("path \"" + path_ + "\" names no file", "Give the path of a file, or - for standard output.");
    }
    if (is_stdout_) {
        auto flags = ::fcntl(STDOUT_FILENO, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
            throw SinkError("standard output cannot be written to", "Start the program with standard output open.");
        }
        return;
    }
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) {
        auto error_number = errno;
        if (error_number == ENOENT) {
            error_number = ::access(directory_of(path_).c_str(), W_OK | X_OK) == 0 ? 0 : errno;
        }
        if (error_number != 0) {
            throw SinkError("could not create file \"" + path_ + "\": " + reason_of(error_number),
                            "Give a path in a directory that exists and that this user may write to.");
        }
        return;
    }
    if (is_stream(status.st_mode)) {
        if (::access(path_.c_str(), W_OK) != 0) {
            fail_to_open(path_, errno);
        }
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        refuse_kind(path_, status.st_mode);
    }
    Descriptor descriptor{calls_.open(path_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC, 0)};
    if (descriptor.file < 0) {
        throw SinkError("could not open file \"" + path_ + "\": " + reason_of(errno),
                        "Give a path that this user may read and write.");
    }
    if (auto line = find_torn_line(descriptor.file); line && !line->is_ours) {
        refuse_foreign_line(path_);
    }
}

void LineFile::open() {
    if (file_ >= 0 && is_replaced()) {
        log::info("file was moved or deleted, opening its path again", {{"path", path_}});
        close_file();
    }
    if (file_ < 0) {
        open_path();
    }
    if (!is_directory_synced_) {
        sync_directory();
    }
}

void LineFile::open_path() {
    if (is_stdout_) {
        check();
        file_ = STDOUT_FILENO;
        kind_ = Kind::stream;
        return;
    }
    struct stat status {};
    bool is_new = ::stat(path_.c_str(), &status) != 0;
    if (is_new && errno != ENOENT) {
        fail_to_open(path_, errno);
    }
    if (!is_new && !S_ISREG(status.st_mode) && !is_stream(status.st_mode)) {
        refuse_kind(path_, status.st_mode);
    }
    // Not blocking, so that a FIFO without a reader is an error and a full one does not hold up the end.
    auto flags = !is_new && is_stream(status.st_mode) ? O_WRONLY | O_NONBLOCK | O_NOCTTY : O_RDWR | O_CREAT;
    auto file = calls_.open(path_.c_str(), flags | O_APPEND | O_CLOEXEC, new_file_mode);
    if (file < 0 && errno == ENXIO && S_ISFIFO(status.st_mode)) {
        throw FileError("pipe \"" + path_ + "\" has no reader", ENXIO);
    }
    if (file < 0) {
        fail_to_open(path_, errno);
    }
    is_directory_synced_ = is_directory_synced_ && !is_new;
    adopt(file);
}

// Locks and repairs a file just opened; on any failure it is closed again.
void LineFile::adopt(int file) {
    file_ = file;
    try {
        struct stat status {};
        if (::fstat(file_, &status) != 0) {
            throw FileError("could not look at file \"" + path_ + "\"", errno);
        }
        kind_ = is_stream(status.st_mode) ? Kind::stream : Kind::regular;
        partial_bytes_ = 0;
        if (kind_ == Kind::stream) {
            return;
        }
        lock_file();
        cut_unsynced_tail(status);
        repair_torn_line();
        if (::fstat(file_, &status) != 0) {
            throw FileError("could not look at file \"" + path_ + "\"", errno);
        }
        synced_bytes_ = status.st_size;
    } catch (const std::system_error& error) {
        close_file();
        throw FileError("could not read file \"" + path_ + "\"", error.code().value());
    } catch (...) {
        close_file();
        throw;
    }
}

void LineFile::lock_file() {
    if (calls_.lock(file_) == 0) {
        return;
    }
    if (errno == EWOULDBLOCK) {
        throw SinkBusyError("file \"" + path_ + "\" is being written by another collector",
                            "Stop the other one, or give each its own path.");
    }
    // Some network file systems have no locks; that is no reason not to write there.
    log::warning("file could not be locked against other collectors", {{"path", path_}, {"error", reason_of(errno)}});
}

void LineFile::cut_unsynced_tail(const struct stat& status) {
    if (!cut_) {
        return;
    }
    bool is_same = cut_->device == status.st_dev && cut_->inode == status.st_ino;
    if (is_same && status.st_size > cut_->size && calls_.truncate(file_, cut_->size) != 0) {
        throw FileError("could not cut back file \"" + path_ + "\" after a failed write", errno);
    }
    cut_.reset();
}

void LineFile::repair_torn_line() {
    auto line = find_torn_line(file_);
    if (!line) {
        return;
    }
    if (!line->is_ours) {
        refuse_foreign_line(path_);
    }
    if (line->is_whole_object) {
        // Only the newline is missing. The line stays: it may also come from somebody else's hand.
        iovec part{newline, 1};
        if (calls_.write(file_, &part, 1) != 1) {
            throw FileError("could not end the last line of file \"" + path_ + "\"", errno);
        }
    } else if (calls_.truncate(file_, line->begin) != 0) {
        throw FileError("could not cut off the torn last line of file \"" + path_ + "\"", errno);
    }
    if (calls_.sync(file_) != 0) {
        throw FileError("could not sync file \"" + path_ + "\"", errno);
    }
    log::warning(line->is_whole_object ? "last line had no end and got one"
                                       : "torn last line of an earlier crash was cut off, it was never confirmed",
                 {{"path", path_}, {"line_bytes", line->size}});
}

// A file whose name is not on disk is lost with all its synced contents when the machine stops.
void LineFile::sync_directory() {
    auto directory = directory_of(path_);
    Descriptor descriptor{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (descriptor.file < 0 || ::fsync(descriptor.file) != 0) {
        throw FileError("could not sync directory \"" + directory + "\"", errno);
    }
    is_directory_synced_ = true;
}

void LineFile::close_file() {
    if (file_ >= 0 && !is_stdout_) {
        ::close(file_);
    }
    file_ = -1;
}

bool LineFile::is_replaced() const {
    if (kind_ == Kind::stream) {
        return false;
    }
    struct stat by_path {};
    struct stat by_file {};
    return ::stat(path_.c_str(), &by_path) != 0 || ::fstat(file_, &by_file) != 0 || by_path.st_dev != by_file.st_dev ||
           by_path.st_ino != by_file.st_ino;
}

std::size_t LineFile::append(std::span<const Payload> payloads) {
    error_.reset();
    return kind_ == Kind::stream ? append_to_stream(payloads) : append_to_regular(payloads);
}

std::size_t LineFile::append_to_regular(std::span<const Payload> payloads) {
    struct stat status {};
    if (::fstat(file_, &status) != 0) {
        error_.emplace("could not look at file \"" + path_ + "\"", errno);
        give_up_file();
        return 0;
    }
    synced_bytes_ = std::min(synced_bytes_, status.st_size);  // less when somebody emptied the file under us
    off_t whole_size = status.st_size;
    std::size_t whole_lines = 0;
    std::size_t skip = 0;  // bytes of the next line that are written already
    std::array<iovec, max_parts> parts;
    while (whole_lines < payloads.size()) {
        int count = 0;
        for (auto i = whole_lines; i < payloads.size() && count + 2 <= static_cast<int>(max_parts); ++i) {
            parts[count++] = part_of(payloads[i].body, i == whole_lines ? skip : 0);
            parts[count++] = {newline, 1};
        }
        auto written = calls_.write(file_, parts.data(), count);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            error_.emplace("could not write to file \"" + path_ + "\"", written == 0 ? EIO : errno);
            if (skip > 0) {
                roll_back(whole_size);
            }
            return file_ < 0 ? 0 : whole_lines;
        }
        for (auto left = static_cast<std::size_t>(written); left > 0;) {
            auto line_bytes = payloads[whole_lines].body.size() + 1;
            auto of_line = std::min(left, line_bytes - skip);
            left -= of_line;
            skip += of_line;
            if (skip == line_bytes) {
                whole_size += static_cast<off_t>(line_bytes);
                ++whole_lines;
                skip = 0;
            }
        }
    }
    return whole_lines;
}

// Takes the beginning of a line out again. When even that fails nothing since the last sync is trusted.
void LineFile::roll_back(off_t size) {
    if (calls_.truncate(file_, size) != 0) {
        give_up_file();
    }
}

// Closes the file and remembers to cut it back to what is on disk for sure before it is written again.
void LineFile::give_up_file() {
    struct stat status {};
    if (kind_ == Kind::regular && ::fstat(file_, &status) == 0) {
        cut_ = Cut{status.st_dev, status.st_ino, synced_bytes_};
        calls_.truncate(file_, synced_bytes_);  // readers see it gone at once; done again on opening if it fails here
    }
    close_file();
}

void LineFile::sync() {
    if (kind_ == Kind::stream) {
        return;  // written is all that can be said of a pipe
    }
    struct stat status {};
    if (calls_.sync(file_) != 0 || ::fstat(file_, &status) != 0) {
        auto error_number = errno;
        // The kernel may have dropped the dirty pages and would report success next time: start over from disk.
        give_up_file();
        throw FileError("could not sync file \"" + path_ + "\"", error_number);
    }
    synced_bytes_ = status.st_size;
}

std::size_t LineFile::append_to_stream(std::span<const Payload> payloads) {
    std::size_t whole_lines = 0;
    while (whole_lines < payloads.size() && write_to_stream(payloads[whole_lines])) {
        ++whole_lines;
    }
    return whole_lines;
}

// Goes on at partial_bytes_. False: error_ says why.
bool LineFile::write_to_stream(const Payload& payload) {
    auto line_bytes = payload.body.size() + 1;
    while (partial_bytes_ < line_bytes) {
        if (!wait_until_writable()) {
            error_.emplace("nobody reads from \"" + path_ + "\"", ETIMEDOUT);
            return false;
        }
        // After POLLOUT a pipe takes PIPE_BUF bytes without blocking, whatever the mode of somebody else's descriptor.
        std::array<iovec, 2> parts{part_of(payload.body, std::min(partial_bytes_, payload.body.size())), {newline, 1}};
        parts[0].iov_len = std::min<std::size_t>(parts[0].iov_len, PIPE_BUF - 1);
        bool has_end = partial_bytes_ + parts[0].iov_len == payload.body.size();
        auto written = calls_.write(file_, parts.data(), has_end ? 2 : 1);
        if (written >= 0) {
            partial_bytes_ += static_cast<std::size_t>(written);
        } else if (errno == EPIPE) {
            error_.emplace("reader of \"" + path_ + "\" is gone", EPIPE, is_stdout_);
            close_file();  // the next reader of a FIFO gets the line from its beginning
            return false;
        } else if (errno != EINTR && errno != EAGAIN) {
            error_.emplace("could not write to \"" + path_ + "\"", errno, errno == EBADF);
            return false;
        }
    }
    partial_bytes_ = 0;
    return true;
}

bool LineFile::wait_until_writable() {
    pollfd wanted{file_, POLLOUT, 0};
    while (::poll(&wanted, 1, poll_interval_ms) <= 0) {
        if (gives_up_()) {
            return false;
        }
    }
    return true;
}

}  // namespace glassflow::sink
