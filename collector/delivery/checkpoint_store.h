// The checkpoint of one slot as a file: <state_directory>/checkpoint-<slot>.json.
//
// Replaced, never changed: after a crash at any moment it is the old one or the new one, and what write() returned from
// is on disk. Whoever streams the slot holds a lock beside it, so that of two collectors with one state directory only
// the one that has the slot writes.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "delivery/checkpoint.h"

namespace glassflow::delivery {

// A step with the file failed; what, and the operating system's reason.
class CheckpointFileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct LoadedCheckpoint {
    std::optional<Checkpoint> checkpoint;  // none: there is no file, or
    std::string unreadable;                // why what is there cannot be used
};

class CheckpointStore {
public:
    CheckpointStore(const std::string& state_directory, const std::string& slot);
    ~CheckpointStore();
    CheckpointStore(const CheckpointStore&) = delete;
    CheckpointStore& operator=(const CheckpointStore&) = delete;

    // False when another process has it. A file system without locks is warned of, and counts as locked.
    bool lock();
    LoadedCheckpoint load() const;
    // Throws CheckpointFileError; then the file is as it was.
    void write(const Checkpoint& checkpoint);
    // Keeps what is there under another name, for a person to look at; nothing when there is none.
    void set_aside();

    const std::string& path() const { return path_; }

private:
    void sync_directory() const;

    std::string directory_;
    std::string path_;
    int lock_ = -1;
};

}  // namespace glassflow::delivery
