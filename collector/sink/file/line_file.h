// Lines appended to a file so that a reader and a crash see whole lines only, or to a pipe or terminal.
//
// The file is locked for as long as it is open: two writers would tear each other's lines. What was written counts only
// after sync(); after a failed sync the page cache cannot be trusted, so everything since the last good one is written
// again, to a file opened anew. Used by one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "sink/file/file_calls.h"
#include "sink/sink.h"

namespace glassflow::sink {

// One step failed: what could not be done, and why. Worth another try unless is_final.
class FileError : public std::runtime_error {
public:
    FileError(const std::string& what, int error_number, bool is_final = false);
    bool is_final() const { return is_final_; }

private:
    bool is_final_;
};

class LineFile {
public:
    // path "-" is standard output. gives_up is asked while a write has to wait for a reader of a pipe.
    LineFile(std::string path, FileCalls& calls, std::function<bool()> gives_up);
    ~LineFile();
    LineFile(const LineFile&) = delete;
    LineFile& operator=(const LineFile&) = delete;

    // Throws SinkError when open() would not succeed; creates and changes nothing.
    void check() const;

    // Opens, creates when missing, locks, and repairs a torn last line. Throws SinkError when that cannot work without
    // a person, FileError when it may work later (a FIFO without a reader). Does nothing when it is open already,
    // unless the path names another file by now (rotated, deleted): then that one is opened.
    void open();

    // Appends payloads as lines, from the first on; returns how many were written as whole lines. Fewer than given:
    // then error() says why, and only whole lines are in the file.
    std::size_t append(std::span<const Payload> payloads);
    const std::optional<FileError>& error() const { return error_; }

    // Everything appended is on disk when this returns. Throws FileError when it is not: then nothing that was appended
    // since the last sync() counts, it has been taken out again as far as possible, and open() must come next.
    void sync();

private:
    enum class Kind { regular, stream };
    // What must be cut off before anything is appended, should the path still name that file.
    struct Cut {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;  // to keep
    };

    void open_path();
    void adopt(int file);
    void lock_file();
    void cut_unsynced_tail(const struct stat& status);
    void repair_torn_line();
    void sync_directory();
    void close_file();
    bool is_replaced() const;
    void give_up_file();
    void roll_back(off_t size);
    std::size_t append_to_regular(std::span<const Payload> payloads);
    std::size_t append_to_stream(std::span<const Payload> payloads);
    bool write_to_stream(const Payload& payload);
    bool wait_until_writable();

    std::string path_;
    FileCalls& calls_;
    std::function<bool()> gives_up_;
    bool is_stdout_;
    int file_ = -1;
    Kind kind_ = Kind::regular;
    std::optional<FileError> error_;
    bool is_directory_synced_ = true;  // false from creating the file until its name is on disk
    off_t synced_bytes_ = 0;           // of a regular file: what is known to be on disk
    std::optional<Cut> cut_;
    std::size_t partial_bytes_ = 0;  // of a stream: how much of the next line is out already
};

}  // namespace glassflow::sink
