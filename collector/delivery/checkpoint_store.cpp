#include "delivery/checkpoint_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "log/log.h"

namespace glassflow::delivery {

namespace {

constexpr mode_t file_mode = 0600;
constexpr std::size_t max_file_bytes = 1 << 20;  // beyond what the parser takes, which then says so

std::string reason_of(int error_number) {
    return std::generic_category().message(error_number);
}

[[noreturn]] void fail(const std::string& what, int error_number) {
    throw CheckpointFileError(what + ": " + reason_of(error_number));
}

class Descriptor {
public:
    explicit Descriptor(int file) : file_(file) {}
    ~Descriptor() {
        if (file_ >= 0)
            ::close(file_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return file_; }

private:
    int file_;
};

void write_whole(int file, const std::string& text, const std::string& path) {
    for (std::size_t written = 0; written < text.size();) {
        const auto count = ::write(file, text.data() + written, text.size() - written);
        if (count > 0)
            written += static_cast<std::size_t>(count);
        else if (count == 0 || errno != EINTR)
            fail("could not write checkpoint \"" + path + "\"", count == 0 ? EIO : errno);
    }
}

}  // namespace

CheckpointStore::CheckpointStore(const std::string& state_directory, const std::string& slot)
    : directory_(state_directory),
      path_((std::filesystem::path(state_directory) / ("checkpoint-" + slot + ".json")).string()) {}

CheckpointStore::~CheckpointStore() {
    if (lock_ >= 0)
        ::close(lock_);  // and with it the lock
}

bool CheckpointStore::lock() {
    if (lock_ >= 0)
        return true;
    const std::string lock_path = path_ + ".lock";
    const int file = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
    if (file < 0)
        fail("could not open \"" + lock_path + "\"", errno);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        const int error_number = errno;
        if (error_number == EWOULDBLOCK) {
            ::close(file);
            return false;
        }
        log::warning("checkpoint could not be locked against other collectors",
                     {{"path", lock_path}, {"error", reason_of(error_number)}});
    }
    lock_ = file;
    return true;
}

LoadedCheckpoint CheckpointStore::load() const {
    LoadedCheckpoint loaded;
    const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        if (errno != ENOENT)
            loaded.unreadable = "could not open it: " + reason_of(errno);
        return loaded;
    }
    std::string text;
    std::array<char, 8192> buffer{};
    while (text.size() <= max_file_bytes) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count == 0)
            break;
        if (count > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            loaded.unreadable = "could not read it: " + reason_of(errno);
            return loaded;
        }
    }
    try {
        loaded.checkpoint = parse_checkpoint(text);
    } catch (const CheckpointError& error) {
        loaded.unreadable = error.what();
    }
    return loaded;
}

void CheckpointStore::write(const Checkpoint& checkpoint) {
    const std::string new_path = path_ + ".new";
    {
        const Descriptor file(::open(new_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
        if (file.get() < 0)
            fail("could not create checkpoint \"" + new_path + "\"", errno);
        write_whole(file.get(), checkpoint_text(checkpoint), new_path);
        if (::fsync(file.get()) != 0)
            fail("could not sync checkpoint \"" + new_path + "\"", errno);
    }
    if (::rename(new_path.c_str(), path_.c_str()) != 0)
        fail("could not replace checkpoint \"" + path_ + "\"", errno);
    sync_directory();
}

void CheckpointStore::set_aside() {
    if (::rename(path_.c_str(), (path_ + ".forgotten").c_str()) != 0 && errno != ENOENT)
        fail("could not rename checkpoint \"" + path_ + "\"", errno);
    sync_directory();
}

void CheckpointStore::sync_directory() const {
    const Descriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0)
        fail("could not sync directory \"" + directory_ + "\"", errno);
}

}  // namespace glassflow::delivery
