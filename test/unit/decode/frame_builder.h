// Frames as the plugin writes them, packed by msgpack-c's C packer, as the plugin's are: the other end of what the
// decoder reads. (The C++ packer turns a float without a fraction into an integer.)
#pragma once

#include <msgpack/pack.h>
#include <msgpack/sbuffer.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "decode/record_sum.h"
#include "wire_format.h"

namespace glassflow::decode::test {

class FrameBuilder {
public:
    FrameBuilder() { msgpack_packer_init(&packer_, &buffer_, msgpack_sbuffer_write); }
    ~FrameBuilder() { msgpack_sbuffer_destroy(&buffer_); }
    FrameBuilder(const FrameBuilder&) = delete;
    FrameBuilder& operator=(const FrameBuilder&) = delete;

    FrameBuilder& array(std::uint32_t elements) {
        msgpack_pack_array(&packer_, elements);
        return *this;
    }
    FrameBuilder& record(wire::Tag tag, std::uint32_t elements_after_tag) {
        sum_.add(std::string_view(buffer_.data, buffer_.size).substr(summed_bytes_));
        summed_bytes_ = buffer_.size;
        array(elements_after_tag + 1);
        return number(static_cast<std::uint64_t>(tag));
    }
    FrameBuilder& number(std::uint64_t value) {
        msgpack_pack_uint64(&packer_, value);
        return *this;
    }
    FrameBuilder& signed_number(std::int64_t value) {
        msgpack_pack_int64(&packer_, value);
        return *this;
    }
    FrameBuilder& boolean(bool value) {
        value ? msgpack_pack_true(&packer_) : msgpack_pack_false(&packer_);
        return *this;
    }
    FrameBuilder& float32(float value) {
        msgpack_pack_float(&packer_, value);
        return *this;
    }
    FrameBuilder& float64(double value) {
        msgpack_pack_double(&packer_, value);
        return *this;
    }
    FrameBuilder& map(std::uint32_t pairs) {
        msgpack_pack_map(&packer_, pairs);
        return *this;
    }
    FrameBuilder& nil() {
        msgpack_pack_nil(&packer_);
        return *this;
    }
    FrameBuilder& str(std::string_view text) {
        msgpack_pack_str(&packer_, text.size());
        msgpack_pack_str_body(&packer_, text.data(), text.size());
        return *this;
    }
    FrameBuilder& bin(std::string_view bytes) {
        msgpack_pack_bin(&packer_, bytes.size());
        msgpack_pack_bin_body(&packer_, bytes.data(), bytes.size());
        return *this;
    }
    FrameBuilder& extension(wire::Extension type, std::string_view data) {
        msgpack_pack_ext(&packer_, data.size(), static_cast<std::int8_t>(type));
        msgpack_pack_ext_body(&packer_, data.data(), data.size());
        return *this;
    }
    FrameBuilder& raw(std::string_view bytes) {
        msgpack_sbuffer_write(&buffer_, bytes.data(), bytes.size());
        return *this;
    }

    FrameBuilder& session(std::uint64_t protocol_version = wire::protocol_version) {
        return record(wire::Tag::session, 4).number(protocol_version).str("0.1.0").number(150020).str("UTF8");
    }
    FrameBuilder& begin(std::uint32_t xid = 741, std::uint64_t commit_lsn = 0x16B3800, std::int64_t commit_time = 1) {
        begin_sum();
        return record(wire::Tag::begin, 3).number(xid).number(commit_lsn).signed_number(commit_time);
    }
    FrameBuilder& commit(std::uint64_t changes, std::uint64_t commit_lsn = 0x16B3800,
                         std::uint64_t end_lsn = 0x16B3830) {
        return record(wire::Tag::commit, 6).number(commit_lsn).number(end_lsn).measures(changes);
    }
    FrameBuilder& begin_sum() {
        sum_ = {};
        summed_bytes_ = buffer_.size;
        return *this;
    }
    // For a transaction that began in another frame: its records before this one.
    FrameBuilder& continue_sum(std::string_view earlier) {
        begin_sum();
        sum_.add(earlier);
        return *this;
    }
    // What is said at the end about the records since begin_sum(), the one that is being made not among them.
    FrameBuilder& measures(std::uint64_t changes, std::uint64_t filtered = 0) {
        return number(changes).number(filtered).number(sum_.bytes()).number(sum_.checksum());
    }
    // What follows must be `columns` times column(), then key().
    FrameBuilder& relation(std::uint32_t id, std::string_view identity, std::uint32_t columns) {
        record(wire::Tag::relation, 7).number(id).number(16384).str("public").str("orders").str(identity);
        return array(columns);
    }
    // What follows must be the detail, when the encoding has one.
    FrameBuilder& column(std::string_view name, std::string_view type, std::uint32_t oid, wire::Encoding encoding,
                         std::uint32_t flags = 0) {
        array(has_detail(encoding) ? 7 : 6).str(name).str(type).number(oid).signed_number(-1);
        return number(static_cast<std::uint64_t>(encoding)).number(flags);
    }
    // A type within a type, as detail or part of one; what follows must be its own detail, when its encoding has one.
    FrameBuilder& type(std::string_view name, std::uint32_t oid, wire::Encoding encoding) {
        array(has_detail(encoding) ? 5 : 4).str(name).number(oid).signed_number(-1);
        return number(static_cast<std::uint64_t>(encoding));
    }
    FrameBuilder& field(std::string_view field_name, std::string_view name, std::uint32_t oid,
                        wire::Encoding encoding) {
        array(has_detail(encoding) ? 6 : 5).str(field_name).str(name).number(oid).signed_number(-1);
        return number(static_cast<std::uint64_t>(encoding));
    }
    FrameBuilder& key(std::initializer_list<std::uint32_t> positions) {
        array(static_cast<std::uint32_t>(positions.size()));
        for (const std::uint32_t position : positions)
            number(position);
        return *this;
    }
    // relation 1: orders(id integer key, note text)
    FrameBuilder& orders(std::string_view identity = "d") {
        return relation(1, identity, 2)
            .column("id", "integer", 23, wire::Encoding::integer, wire::column_is_key | wire::column_is_not_null)
            .column("note", "text", 25, wire::Encoding::text)
            .key({0});
    }
    // distance in units of wire::lsn_unit; without an index the short form of a position.
    FrameBuilder& position(std::int64_t distance, std::optional<std::uint32_t> index = {}) {
        if (!index)
            return signed_number(distance);
        return array(2).signed_number(distance).number(*index);
    }
    // The rows are to follow.
    FrameBuilder& insert(std::uint32_t relation = 1, std::int64_t distance = -4,
                         std::optional<std::uint32_t> index = {}) {
        return record(wire::Tag::insert, 3).number(relation).position(distance, index);
    }
    FrameBuilder& update(std::uint32_t relation = 1, std::int64_t distance = -4) {
        return record(wire::Tag::update, 4).number(relation).position(distance);
    }
    FrameBuilder& delete_(std::uint32_t relation = 1, std::int64_t distance = -4) {
        return record(wire::Tag::delete_, 3).number(relation).position(distance);
    }
    FrameBuilder& truncate(std::uint32_t relation, std::int64_t distance, std::uint32_t flags) {
        return record(wire::Tag::truncate, 3).number(relation).position(distance).number(flags);
    }

    std::string frame() const { return {buffer_.data, buffer_.size}; }

private:
    static bool has_detail(wire::Encoding encoding) {
        return encoding == wire::Encoding::decimal || encoding == wire::Encoding::array ||
               encoding == wire::Encoding::composite || encoding == wire::Encoding::range ||
               encoding == wire::Encoding::multirange;
    }

    msgpack_sbuffer buffer_{};
    msgpack_packer packer_{};
    RecordSum sum_;
    std::size_t summed_bytes_ = 0;
};

}  // namespace glassflow::decode::test
