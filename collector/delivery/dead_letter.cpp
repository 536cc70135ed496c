// Opened, locked, written, synced and closed for each letter: they are rare, and so a file that was moved, emptied or
// shared with another collector needs no thought.
#include "delivery/dead_letter.h"

#include <fcntl.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <limits>
#include <system_error>

#include "event/lsn.h"
#include "sink/file/last_line.h"

namespace glassflow::delivery {

namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t file_mode = 0600;

[[noreturn]] void fail(const std::string& what, int error_number) {
    throw DeadLetterError(what + ": " + std::generic_category().message(error_number),
                          "Make room and give this user write access there, or set state_directory to another place.");
}

class Descriptor {
public:
    explicit Descriptor(int file) : file_(file) {}
    ~Descriptor() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return file_; }

private:
    int file_;
};

// A sink's name is free text; its file name is not.
std::string file_name_of(std::string sink_name) {
    auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    std::replace_if(
        sink_name.begin(), sink_name.end(), [&](char c) { return !is_plain(c); }, '_');
    return "dead-letters-" + sink_name.substr(0, 100) + ".jsonl";
}

void sync_directory(const std::filesystem::path& directory) {
    Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0 || ::fsync(opened.get()) != 0) {
        fail("could not sync directory \"" + directory.string() + "\"", errno);
    }
}

// mkdir -p, with the names on disk: a dead letter in a directory that a power cut takes away is no dead letter.
void make_directories(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (directory.empty() || std::filesystem::is_directory(directory, ignored)) {
        return;
    }
    make_directories(directory.parent_path());
    if (::mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST) {
        fail("could not create state directory \"" + directory.string() + "\"", errno);
    }
    sync_directory(directory.has_parent_path() ? directory.parent_path() : std::filesystem::path("."));
}

// RFC 3339, UTC, milliseconds.
std::string now_text() {
    auto now = std::chrono::system_clock::now();
    auto seconds = std::chrono::system_clock::to_time_t(now);
    auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[64];
    auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    auto fraction = std::to_string(1000 + milliseconds).substr(1);
    return std::string(text, size) + "." + fraction + "Z";
}

// "16/B374D848-3" -> "16/B374D848"; empty for an id of another shape.
std::string_view lsn_of(std::string_view event_id) {
    auto lsn = event_id.substr(0, event_id.find('-'));
    return event::parse_lsn(lsn) ? lsn : std::string_view();
}

std::string line_of(std::string_view event_id, std::string_view reason, std::string_view payload,
                    const std::string& sink_name) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::CrtAllocator,
                      rapidjson::kWriteValidateEncodingFlag>
        writer(buffer);
    bool is_utf8 = true;
    auto field = [&](const char* key, std::string_view value) {
        if (value.size() > std::numeric_limits<rapidjson::SizeType>::max()) {
            throw DeadLetterError("dead letter " + std::string(event_id) + " is larger than 4 GiB", "");
        }
        writer.Key(key);
        is_utf8 = writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size())) && is_utf8;
    };
    writer.StartObject();
    field("time", now_text());
    field("sink", sink_name);
    field("reason", reason);
    field("event_id", event_id);
    field("lsn", lsn_of(event_id));
    field("payload", payload);
    writer.EndObject();
    if (!is_utf8) {
        throw DeadLetterError("dead letter " + std::string(event_id) + " is not UTF-8", "");
    }
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

// Everything or nothing.
void append_line(int file, const std::string& path, const std::string& line) {
    struct stat before {};
    if (::fstat(file, &before) != 0) {
        fail("could not look at dead letter file \"" + path + "\"", errno);
    }
    int error_number = 0;
    for (std::size_t written = 0; written < line.size() && error_number == 0;) {
        auto count = ::write(file, line.data() + written, line.size() - written);
        if (count > 0) {
            written += static_cast<std::size_t>(count);
        } else if (count == 0 || errno != EINTR) {
            error_number = count == 0 ? EIO : errno;
        }
    }
    if (error_number == 0 && ::fsync(file) != 0) {
        error_number = errno;
    }
    if (error_number != 0) {
        // Should this fail, too, the next write finds a torn line and cuts it off.
        [[maybe_unused]] auto ignored = ::ftruncate(file, before.st_size);
        fail("could not write dead letter file \"" + path + "\"", error_number);
    }
}

// A torn line is of a crash before write() returned: its payload was not confirmed and comes again.
void cut_torn_line(int file, const std::string& path) {
    auto torn = sink::find_torn_line(file);
    if (torn && ::ftruncate(file, torn->begin) != 0) {
        fail("could not repair dead letter file \"" + path + "\"", errno);
    }
}

}  // namespace

DeadLetterStore::DeadLetterStore(const std::string& state_directory, std::string sink_name)
    : path_((std::filesystem::path(state_directory) / file_name_of(sink_name)).string()),
      sink_name_(std::move(sink_name)) {
    make_directories(std::filesystem::path(state_directory).lexically_normal());
    bool exists = ::access(path_.c_str(), F_OK) == 0;
    const auto& needed = exists ? path_ : state_directory;
    if (::access(needed.c_str(), exists ? R_OK | W_OK : W_OK | X_OK) != 0) {
        fail("could not write to \"" + needed + "\"", errno);
    }
}

void DeadLetterStore::write(std::string_view event_id, std::string_view reason, std::string_view payload) {
    auto line = line_of(event_id, reason, payload, sink_name_);
    std::lock_guard guard(mutex_);
    is_name_synced_ = is_name_synced_ && ::access(path_.c_str(), F_OK) == 0;
    Descriptor opened(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, file_mode));
    if (opened.get() < 0) {
        fail("could not open dead letter file \"" + path_ + "\"", errno);
    }
    while (::flock(opened.get(), LOCK_EX) != 0) {
        if (errno != EINTR) {
            fail("could not lock dead letter file \"" + path_ + "\"", errno);
        }
    }
    try {
        cut_torn_line(opened.get(), path_);
    } catch (const std::system_error& error) {
        fail("could not read dead letter file \"" + path_ + "\"", error.code().value());
    }
    append_line(opened.get(), path_, line);
    if (!is_name_synced_) {
        sync_directory(std::filesystem::path(path_).parent_path());
        is_name_synced_ = true;
    }
}

}  // namespace glassflow::delivery
