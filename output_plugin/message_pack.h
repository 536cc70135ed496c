// MessagePack written at a pointer, into room that was reserved before: one check per value, not one for each of its
// pieces.
//
// msgpack-c's template once more (see frame_buffer.h), now over a pointer that moves.
#pragma once

#include "frame_buffer.h"

namespace glassflow {

// What the longest form of each takes.
inline constexpr std::size_t max_number_bytes = 9;
inline constexpr std::size_t max_header_bytes = 5;  // of a str, bin, array or map
inline constexpr std::size_t max_extension_header_bytes = 6;

namespace pointer_packer {
using packer::msgpack_timestamp;
#define msgpack_pack_inline_func(name) inline void msgpack_pack##name
#define msgpack_pack_inline_func_cint(name) inline void msgpack_pack##name
#define msgpack_pack_user char*&
#define msgpack_pack_append_buffer(out, bytes, size) (memcpy(out, bytes, size), (out) += (size))
#include <msgpack/pack_template.h>
}  // namespace pointer_packer

// Each writes at out and returns the place behind what it wrote.
inline char* put_signed(char* out, std::int64_t value) {
    pointer_packer::msgpack_pack_int64(out, value);
    return out;
}
inline char* put_unsigned(char* out, std::uint64_t value) {
    pointer_packer::msgpack_pack_uint64(out, value);
    return out;
}
inline char* put_float4(char* out, float value) {
    pointer_packer::msgpack_pack_float(out, value);
    return out;
}
inline char* put_float8(char* out, double value) {
    pointer_packer::msgpack_pack_double(out, value);
    return out;
}
inline char* put_boolean(char* out, bool value) {
    *out = static_cast<char>(value ? 0xc3 : 0xc2);
    return out + 1;
}
inline char* put_nil(char* out) {
    *out = static_cast<char>(0xc0);
    return out + 1;
}
inline char* put_array_header(char* out, std::size_t element_count) {
    pointer_packer::msgpack_pack_array(out, element_count);
    return out;
}
inline char* put_map_header(char* out, std::size_t member_count) {
    pointer_packer::msgpack_pack_map(out, member_count);
    return out;
}
template <typename Word>
void put_ends(char* out, const char* bytes, std::size_t size) {
    Word first;
    Word last;
    memcpy(&first, bytes, sizeof(Word));
    memcpy(&last, bytes + size - sizeof(Word), sizeof(Word));
    memcpy(out, &first, sizeof(Word));
    memcpy(out + size - sizeof(Word), &last, sizeof(Word));
}
// Most keys, labels and names are short: two words that may overlap, without a call.
inline char* put_bytes(char* out, std::string_view bytes) {
    const std::size_t size = bytes.size();
    if (size > 2 * sizeof(std::uint64_t)) {
        memcpy(out, bytes.data(), size);
    } else if (size >= sizeof(std::uint64_t)) {
        put_ends<std::uint64_t>(out, bytes.data(), size);
    } else if (size >= sizeof(std::uint32_t)) {
        put_ends<std::uint32_t>(out, bytes.data(), size);
    } else if (size >= sizeof(std::uint16_t)) {
        put_ends<std::uint16_t>(out, bytes.data(), size);
    } else if (size == 1) {
        *out = bytes[0];
    }
    return out + size;
}
inline char* put_str_header(char* out, std::size_t text_bytes) {
    pointer_packer::msgpack_pack_str(out, text_bytes);
    return out;
}
inline char* put_str(char* out, std::string_view text) {
    return put_bytes(put_str_header(out, text.size()), text);
}
inline char* put_bin_header(char* out, std::size_t byte_count) {
    pointer_packer::msgpack_pack_bin(out, byte_count);
    return out;
}
inline char* put_bin(char* out, std::string_view bytes) {
    return put_bytes(put_bin_header(out, bytes.size()), bytes);
}
inline char* put_extension_header(char* out, wire::Extension type, std::size_t byte_count) {
    pointer_packer::msgpack_pack_ext(out, byte_count, static_cast<std::int8_t>(type));
    return out;
}

// Appends what put(out) writes, which is at most max_bytes.
template <typename Put>
void append_in_place(FrameBuffer& buffer, std::size_t max_bytes, Put put) {
    char* const out = buffer.reserve(max_bytes);
    buffer.extend(static_cast<std::size_t>(put(out) - out));
}

inline void append_str(FrameBuffer& buffer, std::string_view text) {
    append_in_place(buffer, text.size() + max_header_bytes, [text](char* out) { return put_str(out, text); });
}
inline void append_bin(FrameBuffer& buffer, std::string_view bytes) {
    append_in_place(buffer, bytes.size() + max_header_bytes, [bytes](char* out) { return put_bin(out, bytes); });
}

}  // namespace glassflow
