// Bytes that claim to be a frame -> MessagePack values, one at a time.
//
// For glassflow.decode(), which anyone may call with anything: every length is checked against what is left, nothing
// recurses, nothing is allocated. What is wrong becomes an ERROR that says at which byte.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <string_view>

namespace glassflow {

struct WireValue {
    enum class Kind : std::uint8_t { nil, boolean, integer, float4, float8, str, bin, array, map, extension };

    Kind kind = Kind::nil;
    bool is_negative = false;  // of integers: the value is the two's complement in unsigned_integer
    std::int8_t extension_type = 0;
    union {
        bool boolean;
        std::uint64_t unsigned_integer = 0;
        float float4;
        double float8;
        std::uint32_t element_count;  // of array and map (pairs); the elements follow in the frame
    };
    std::string_view bytes;  // of str, bin and extension: in the frame
};

class FrameReader {
public:
    explicit FrameReader(std::string_view frame) : frame_(frame) {}

    bool at_end() const { return at_ == frame_.size(); }

    WireValue read();
    // What is expected and not found is an ERROR; `what` names it, "the xid of a begin record".
    std::uint32_t read_array(const char* what);
    std::uint64_t read_unsigned(const char* what);
    std::uint32_t read_unsigned32(const char* what);
    std::int64_t read_signed(const char* what);
    bool read_boolean(const char* what);
    std::string_view read_text(const char* what);  // str or bin
    void skip(std::uint64_t value_count);          // with all that is in them
    // Takes count off the elements that remain of an array. Fewer than it must have is a broken frame; more are those
    // of a later version.
    void require(std::uint32_t& remaining, std::uint32_t count) const;
    std::int64_t signed_of(const WireValue& value, const char* what) const;  // of the value that was read last

    // About the value that was read last.
    [[noreturn]] void refuse(const char* what) const;

private:
    const unsigned char* take(std::size_t size);
    std::uint64_t take_big_endian(std::size_t size);
    WireValue take_bytes(WireValue::Kind kind, std::size_t size);
    WireValue take_extension(std::size_t size);
    WireValue take_container(WireValue::Kind kind, std::uint32_t count);

    std::string_view frame_;
    std::size_t at_ = 0;
    std::size_t value_at_ = 0;
};
static_assert(std::is_trivially_destructible_v<FrameReader>);

}  // namespace glassflow
