// The file of a sink's dead letters: <state_directory>/dead-letters-<sink name>.jsonl, readable by its owner only (mode
// 0600). It is created by the first letter.
//
// Opened, locked, written, synced and closed for each letter: they are rare, and so a file that was moved, emptied,
// shared with another process or is being cleared out by a person needs no thought.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sink/sink.h"

namespace glassflow::delivery {

// A dead letter could not be stored, or never could be here. The position of its payload must not be confirmed.
class DeadLetterError : public sink::SinkError {
public:
    using SinkError::SinkError;
};

class DeadLetterFile {
public:
    DeadLetterFile(const std::string& state_directory, const std::string& sink_name);

    const std::string& path() const { return path_; }

    // Creates state_directory (mode 0700) with its parents when missing. Throws DeadLetterError when a letter could not
    // be stored there.
    void prepare() const;
    // On disk when it returns. Throws DeadLetterError; then the file is as it was before.
    void append(const std::string& line);
    // Each line, without its newline. No line when there is no file.
    void read(const std::function<void(std::string_view line)>& take) const;
    // Leaves only the lines that are to be kept; returns how many are gone. Other processes that write wait.
    std::uint64_t remove_unless(const std::function<bool(std::string_view line)>& is_kept);
    std::uint64_t count() const;

private:
    std::string path_;
    bool is_name_synced_ = false;  // since this process started
};

}  // namespace glassflow::delivery
