// A payload that a sink refused for good -> a line in a file, on disk before write() returns; up to a limit, beyond
// which something else than single rows is wrong and delivery has to stop.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "delivery/dead_letter_file.h"
#include "sink/payload.h"

namespace glassflow::delivery {

class DeadLetterStore {
public:
    // limit: how many letters the file may hold; 0: any number. Throws DeadLetterError when a dead letter could not be
    // stored there.
    DeadLetterStore(const std::string& state_directory, std::string sink_name, std::uint64_t limit = 0);

    // Thread-safe. Throws DeadLetterError; then the file is as it was before.
    void write(const sink::Payload& payload, std::string_view reason);

    const std::string& path() const { return file_.path(); }
    // Letters in the file, as far as this process knows.
    std::uint64_t count() const;

private:
    const std::string sink_name_;
    const std::uint64_t limit_;
    mutable std::mutex mutex_;
    DeadLetterFile file_;
    std::uint64_t count_ = 0;
};

}  // namespace glassflow::delivery
