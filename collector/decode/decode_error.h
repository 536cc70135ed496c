// A frame that cannot be decoded: what is wrong with it, and where. Never holds row data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace glassflow::decode {

class DecodeError : public std::runtime_error {
public:
    enum class Kind : std::uint8_t {
        malformed,            // not what docs/wire_format.md allows: damaged, hostile, or a bug on the other side
        unsupported_version,  // sound, but of a protocol version this collector does not speak
        over_budget,          // sound, but transactions in progress are more than may be held: ask for none of them
    };

    // frame_offset is the byte in the frame at which the offending element begins.
    DecodeError(Kind kind, const std::string& what, std::size_t frame_offset, std::string hint)
        : std::runtime_error(what + " (byte " + std::to_string(frame_offset) + " of the frame)"),
          kind_(kind),
          frame_offset_(frame_offset),
          hint_(std::move(hint)) {}

    Kind kind() const { return kind_; }
    std::size_t frame_offset() const { return frame_offset_; }
    const std::string& hint() const { return hint_; }

private:
    Kind kind_;
    std::size_t frame_offset_;
    std::string hint_;
};

[[noreturn]] void throw_malformed(std::string_view what, std::size_t frame_offset);
// A transaction that did not arrive as it was sent: how it was sent, and how it arrived.
[[noreturn]] void throw_damaged(const std::string& sent, const std::string& arrived, std::size_t frame_offset);
// Likewise for a message of another plugin than ours.
[[noreturn]] void throw_malformed_message(std::string_view what, std::size_t offset);

}  // namespace glassflow::decode
