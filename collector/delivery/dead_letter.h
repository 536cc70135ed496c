// A payload that a sink refused for good -> a line in a file, on disk before append() returns.
//
// The file is <state_directory>/dead-letters-<sink name>.jsonl, readable by its owner only (mode 0600), one JSON object
// per line: {"time","sink","reason","event_id","lsn","payload"}; payload is the body as a string, byte for byte. It is
// created by the first dead letter. Several processes may append to one file; each line is written under a lock.
#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "event/lsn.h"

namespace glassflow::delivery {

struct DeadLetter {
    std::string_view reason;
    std::string_view event_id;
    event::Lsn lsn;
    std::string_view payload;
};

// A dead letter could not be stored, or never could be here. The position of its payload must not be confirmed.
class DeadLetterError : public std::runtime_error {
public:
    DeadLetterError(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

class DeadLetterFile {
public:
    // Creates state_directory (mode 0700) with its parents when missing. Throws DeadLetterError when a dead letter could
    // not be stored there.
    DeadLetterFile(const std::string& state_directory, std::string sink_name);

    // Thread-safe. Throws DeadLetterError; then the file is as it was before.
    void append(const DeadLetter& letter);

    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::string sink_name_;
    std::mutex mutex_;
};

}  // namespace glassflow::delivery
