// A payload that a sink refused for good -> a line in a file, on disk before write() returns.
//
// The file is <state_directory>/dead-letters-<sink name>.jsonl, readable by its owner only (mode 0600), one JSON object
// per line: {"time","sink","reason","event_id","lsn","payload"}; payload is the body as a string, byte for byte, lsn
// the position that event_id begins with. It is created by the first dead letter. Several processes may write to one
// file: each line is written under a lock.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "sink/sink.h"

namespace glassflow::delivery {

// A dead letter could not be stored, or never could be here. The position of its payload must not be confirmed.
class DeadLetterError : public sink::SinkError {
public:
    using SinkError::SinkError;
};

class DeadLetterStore {
public:
    // Creates state_directory (mode 0700) with its parents when missing. Throws DeadLetterError when a dead letter
    // could not be stored there.
    DeadLetterStore(const std::string& state_directory, std::string sink_name);

    // Thread-safe. Throws DeadLetterError; then the file is as it was before.
    void write(std::string_view event_id, std::string_view reason, std::string_view payload);

    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::string sink_name_;
    std::mutex mutex_;
    bool is_name_synced_ = false;  // since this process started
};

}  // namespace glassflow::delivery
