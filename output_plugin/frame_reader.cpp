// The MessagePack format, as its specification lists the first bytes.
#include "frame_reader.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

WireValue unsigned_value(std::uint64_t number) {
    WireValue value;
    value.kind = Kind::integer;
    value.unsigned_integer = number;
    return value;
}

WireValue signed_value(std::int64_t number) {
    WireValue value = unsigned_value(static_cast<std::uint64_t>(number));
    value.is_negative = number < 0;
    return value;
}

WireValue boolean_value(bool is_true) {
    WireValue value;
    value.kind = Kind::boolean;
    value.boolean = is_true;
    return value;
}

WireValue float4_value(std::uint32_t bits) {
    WireValue value;
    value.kind = Kind::float4;
    memcpy(&value.float4, &bits, sizeof(bits));
    return value;
}

WireValue float8_value(std::uint64_t bits) {
    WireValue value;
    value.kind = Kind::float8;
    memcpy(&value.float8, &bits, sizeof(bits));
    return value;
}

}  // namespace

void FrameReader::refuse(const char* what) const {
    ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid frame"),
                    errdetail("At byte %zu: %s.", value_at_ + 1, what),
                    errhint("Pass frames of the output plugin \"glassflow\" whole and in the order they came.")));
    pg_unreachable();
}

const unsigned char* FrameReader::take(std::size_t size) {
    if (size > frame_.size() - at_) {
        refuse("value is cut off by the end of the frame");
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(frame_.data()) + at_;
    at_ += size;
    return bytes;
}

std::uint64_t FrameReader::take_big_endian(std::size_t size) {
    const unsigned char* bytes = take(size);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number = number << 8 | bytes[i];
    }
    return number;
}

WireValue FrameReader::take_bytes(Kind kind, std::size_t size) {
    WireValue value;
    value.kind = kind;
    value.bytes = {reinterpret_cast<const char*>(take(size)), size};
    return value;
}

WireValue FrameReader::take_extension(std::size_t size) {
    const auto type = static_cast<std::int8_t>(*take(1));
    WireValue value = take_bytes(Kind::extension, size);
    value.extension_type = type;
    return value;
}

WireValue FrameReader::take_container(Kind kind, std::uint32_t count) {
    // Each element has at least a byte: a larger count is a lie, and nobody allocates for it.
    if (count > frame_.size() - at_) {
        refuse("value has more elements than the frame has bytes");
    }
    WireValue value;
    value.kind = kind;
    value.element_count = count;
    return value;
}

WireValue FrameReader::read() {
    value_at_ = at_;
    const unsigned char first = *take(1);
    if (first <= 0x7f) {
        return unsigned_value(first);
    }
    if (first <= 0x8f) {
        return take_container(Kind::map, first & 0x0f);
    }
    if (first <= 0x9f) {
        return take_container(Kind::array, first & 0x0f);
    }
    if (first <= 0xbf) {
        return take_bytes(Kind::str, first & 0x1f);
    }
    if (first >= 0xe0) {
        return signed_value(static_cast<std::int8_t>(first));
    }
    switch (first) {
        case 0xc0:
            return {};
        case 0xc2:
        case 0xc3:
            return boolean_value(first == 0xc3);
        case 0xc4:
        case 0xc5:
        case 0xc6:
            return take_bytes(Kind::bin, take_big_endian(std::size_t{1} << (first - 0xc4)));
        case 0xc7:
        case 0xc8:
        case 0xc9:
            return take_extension(take_big_endian(std::size_t{1} << (first - 0xc7)));
        case 0xca:
            return float4_value(static_cast<std::uint32_t>(take_big_endian(4)));
        case 0xcb:
            return float8_value(take_big_endian(8));
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf:
            return unsigned_value(take_big_endian(std::size_t{1} << (first - 0xcc)));
        case 0xd0:
            return signed_value(static_cast<std::int8_t>(take_big_endian(1)));
        case 0xd1:
            return signed_value(static_cast<std::int16_t>(take_big_endian(2)));
        case 0xd2:
            return signed_value(static_cast<std::int32_t>(take_big_endian(4)));
        case 0xd3:
            return signed_value(static_cast<std::int64_t>(take_big_endian(8)));
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
            return take_extension(std::size_t{1} << (first - 0xd4));
        case 0xd9:
        case 0xda:
        case 0xdb:
            return take_bytes(Kind::str, take_big_endian(std::size_t{1} << (first - 0xd9)));
        case 0xdc:
        case 0xdd:
            return take_container(Kind::array, static_cast<std::uint32_t>(take_big_endian(first == 0xdc ? 2 : 4)));
        case 0xde:
        case 0xdf:
            return take_container(Kind::map, static_cast<std::uint32_t>(take_big_endian(first == 0xde ? 2 : 4)));
        default:
            refuse("byte c1 begins no value");
    }
}

std::uint32_t FrameReader::read_array(const char* what) {
    const WireValue value = read();
    if (value.kind != Kind::array) {
        refuse(psprintf("%s is not an array", what));
    }
    return value.element_count;
}

std::uint64_t FrameReader::read_unsigned(const char* what) {
    const WireValue value = read();
    if (value.kind != Kind::integer || value.is_negative) {
        refuse(psprintf("%s is not an unsigned integer", what));
    }
    return value.unsigned_integer;
}

std::uint32_t FrameReader::read_unsigned32(const char* what) {
    const std::uint64_t number = read_unsigned(what);
    if (number > PG_UINT32_MAX) {
        refuse(psprintf("%s does not fit 32 bits", what));
    }
    return static_cast<std::uint32_t>(number);
}

std::int64_t FrameReader::read_signed(const char* what) {
    return signed_of(read(), what);
}

std::int64_t FrameReader::signed_of(const WireValue& value, const char* what) const {
    const bool fits = value.is_negative || value.unsigned_integer <= PG_INT64_MAX;
    if (value.kind != Kind::integer || !fits) {
        refuse(psprintf("%s is not a signed integer", what));
    }
    return static_cast<std::int64_t>(value.unsigned_integer);
}

bool FrameReader::read_boolean(const char* what) {
    const WireValue value = read();
    if (value.kind != Kind::boolean) {
        refuse(psprintf("%s is not a boolean", what));
    }
    return value.boolean;
}

std::string_view FrameReader::read_text(const char* what) {
    const WireValue value = read();
    if (value.kind != Kind::str && value.kind != Kind::bin) {
        refuse(psprintf("%s is not a text", what));
    }
    return value.bytes;
}

void FrameReader::skip(std::uint64_t value_count) {
    while (value_count > 0) {
        const WireValue value = read();
        --value_count;
        if (value.kind == Kind::array) {
            value_count += value.element_count;
        } else if (value.kind == Kind::map) {
            value_count += std::uint64_t{2} * value.element_count;
        }
    }
}

void FrameReader::require(std::uint32_t& remaining, std::uint32_t count) const {
    if (remaining < count) {
        refuse("record has too few elements");
    }
    remaining -= count;
}

}  // namespace glassflow
