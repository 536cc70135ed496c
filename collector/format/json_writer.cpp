// The buffer between two objects.
#include "format/json_writer.h"

namespace glassflow::format {

namespace {

// After a huge row the buffer would keep its size for as long as the collector runs.
constexpr std::size_t kept_bytes = 1 << 20;

}  // namespace

std::string JsonWriter::take() {
    std::string object;
    if (text_.size() > kept_bytes) {
        object = std::move(text_);
        text_ = {};
    } else {
        object = text_;
        text_.clear();
    }
    writer_.Reset(stream_);
    return object;
}

}  // namespace glassflow::format
