// Three kinds of database: UTF-8 (copy), SQL_ASCII (anything, so look first), any other (convert).
#include "server_text.h"

namespace glassflow {

namespace {

bool is_utf8(std::string_view text) {
    return text.size() <= MaxAllocSize && pg_verify_mbstr(PG_UTF8, text.data(), static_cast<int>(text.size()), true);
}

bool is_ascii(std::string_view text) {
    for (const char c : text) {
        if (IS_HIGHBIT_SET(c)) {
            return false;
        }
    }
    return true;
}

}  // namespace

void pack_too_large(FrameBuffer& buffer, std::uint64_t value_bytes) {
    char size[8];
    for (int i = 7; i >= 0; --i, value_bytes >>= 8) {
        size[i] = static_cast<char>(value_bytes & 0xff);
    }
    pack_extension(buffer, wire::Extension::too_large, std::string_view(size, sizeof(size)));
}

void ServerText::pack_too_large(FrameBuffer& buffer, std::uint64_t value_bytes) {
    ++too_large_count_;
    glassflow::pack_too_large(buffer, value_bytes);
}

void ServerText::pack_carefully(FrameWriter& frames, std::string_view text) {
    if (!frames.fits(text.size() + max_header_bytes)) {
        pack_too_large(frames.buffer(), text.size());
        return;
    }
    switch (encoding_) {
        case PG_UTF8:
            append_str(frames.buffer(), text);
            break;
        case PG_SQL_ASCII:
            pack_unconverted(frames.buffer(), text);
            break;
        default:
            if (is_ascii(text)) {
                append_str(frames.buffer(), text);
            } else {
                pack_converted(frames, text);
            }
    }
}

void ServerText::pack_unconverted(FrameBuffer& buffer, std::string_view text) {
    is_utf8(text) ? append_str(buffer, text) : append_bin(buffer, text);
}

void ServerText::pack_converted(FrameWriter& frames, std::string_view text) {
    if (!OidIsValid(conversion_)) {
        conversion_ = FindDefaultConversionProc(encoding_, PG_UTF8);
    }
    if (!OidIsValid(conversion_)) {
        append_bin(frames.buffer(), text);
        return;
    }
    const std::size_t target_bytes = text.size() * MAX_CONVERSION_GROWTH + 1;
    if (target_bytes > PG_INT32_MAX) {  // conversions count in int
        pack_too_large(frames.buffer(), text.size());
        return;
    }
    char* target = static_cast<char*>(MemoryContextAllocHuge(CurrentMemoryContext, target_bytes));
    const int source_bytes = static_cast<int>(text.size());
    const int converted_bytes = pg::convert_encoding(conversion_, encoding_, PG_UTF8, text.data(), source_bytes, target,
                                                     static_cast<int>(target_bytes));
    if (converted_bytes != source_bytes) {
        append_bin(frames.buffer(), text);
    } else if (const std::string_view converted(target); !frames.fits(converted.size() + max_header_bytes)) {
        pack_too_large(frames.buffer(), converted.size());
    } else {
        append_str(frames.buffer(), converted);
    }
    pfree(target);
}

}  // namespace glassflow
