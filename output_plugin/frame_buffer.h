// Bytes that grow in a memory context, and the MessagePack written into them by msgpack-c's packer.
//
// The packer is msgpack-c's C template, instantiated with append() in place of its callback: no call per byte. (Its C++
// header cannot be used here, a macro of the server has the name of one of its types.)
#pragma once

#include "pg_headers.h"

#include <msgpack/pack_define.h>

#include <cstdint>
#include <string_view>

#include "wire_format.h"

namespace glassflow {

class FrameBuffer {
public:
    // The buffer belongs to context and lives as long.
    FrameBuffer(MemoryContext context, std::size_t initial_bytes)
        : data_(static_cast<char*>(MemoryContextAlloc(context, initial_bytes))),
          capacity_(initial_bytes),
          context_(context) {}

    void append(const void* bytes, std::size_t size) {
        memcpy(reserve(size), bytes, size);
        size_ += size;
    }
    // Room for size more bytes, for writing in place; extend() then says how many of them were written.
    char* reserve(std::size_t size) {
        if (size > capacity_ - size_) {
            grow(size);
        }
        return data_ + size_;
    }
    void extend(std::size_t size) { size_ += size; }
    void truncate(std::size_t size) { size_ = size; }

    // Gives memory beyond wanted_bytes back to the server. Only when empty.
    void shrink(std::size_t wanted_bytes);

    const char* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }

private:
    void grow(std::size_t needed_bytes);

    char* data_;
    std::size_t size_ = 0;
    std::size_t capacity_;
    MemoryContext context_;
};
static_assert(std::is_trivially_destructible_v<FrameBuffer>);

// What msgpack-c generates; the functions below are the ones to call.
namespace packer {
struct msgpack_timestamp {
    std::int64_t tv_sec;
    std::uint32_t tv_nsec;
};
#define msgpack_pack_inline_func(name) inline void msgpack_pack##name
#define msgpack_pack_inline_func_cint(name) inline void msgpack_pack##name
#define msgpack_pack_user FrameBuffer*
#define msgpack_pack_append_buffer(buffer, bytes, size) (buffer)->append(bytes, size)
#include <msgpack/pack_template.h>
}  // namespace packer

inline void pack_array(FrameBuffer& buffer, std::size_t element_count) {
    packer::msgpack_pack_array(&buffer, element_count);
}
inline void pack_unsigned(FrameBuffer& buffer, std::uint64_t value) {
    packer::msgpack_pack_uint64(&buffer, value);
}
inline void pack_signed(FrameBuffer& buffer, std::int64_t value) {
    packer::msgpack_pack_int64(&buffer, value);
}
inline void pack_boolean(FrameBuffer& buffer, bool value) {
    value ? packer::msgpack_pack_true(&buffer) : packer::msgpack_pack_false(&buffer);
}
inline void pack_float4(FrameBuffer& buffer, float value) {
    packer::msgpack_pack_float(&buffer, value);
}
inline void pack_float8(FrameBuffer& buffer, double value) {
    packer::msgpack_pack_double(&buffer, value);
}
inline void pack_nil(FrameBuffer& buffer) {
    packer::msgpack_pack_nil(&buffer);
}
// Of a str whose text_bytes bytes the caller appends.
inline void pack_str_header(FrameBuffer& buffer, std::size_t text_bytes) {
    packer::msgpack_pack_str(&buffer, text_bytes);
}
inline void pack_str(FrameBuffer& buffer, std::string_view text) {
    pack_str_header(buffer, text.size());
    packer::msgpack_pack_str_body(&buffer, text.data(), text.size());
}
inline void pack_bin(FrameBuffer& buffer, std::string_view bytes) {
    packer::msgpack_pack_bin(&buffer, bytes.size());
    packer::msgpack_pack_bin_body(&buffer, bytes.data(), bytes.size());
}
inline void pack_extension(FrameBuffer& buffer, wire::Extension type, std::string_view bytes) {
    packer::msgpack_pack_ext(&buffer, bytes.size(), static_cast<std::int8_t>(type));
    packer::msgpack_pack_ext_body(&buffer, bytes.data(), bytes.size());
}

}  // namespace glassflow
