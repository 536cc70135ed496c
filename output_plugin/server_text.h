// Text of the database, in its encoding, onto the wire, where text is UTF-8.
//
// What has no UTF-8 form (a byte that SQL_ASCII lets in, a character without an equivalent) goes as its raw bytes: an
// ERROR would stop the slot for good, since the same row comes again.
#pragma once

#include "frame_writer.h"
#include "message_pack.h"

namespace glassflow {

class ServerText {
public:
    // Packs text as str, or as bin when it is not UTF-8; as its size when the record has no room for it. Looks up the
    // catalog once, when the database is not in UTF-8: call it only where a historic snapshot is set.
    void pack(FrameWriter& frames, std::string_view text) {
        if (encoding_ == PG_UTF8 && frames.fits(text.size() + max_header_bytes)) {
            append_str(frames.buffer(), text);
        } else {
            pack_carefully(frames, text);
        }
    }

    // The same without a look-up or conversion, for callbacks that have no transaction.
    static void pack_unconverted(FrameBuffer& buffer, std::string_view text);

    // In place of a value that the record has no room for.
    void pack_too_large(FrameBuffer& buffer, std::uint64_t value_bytes);
    // How often that has happened: whoever packs a value made of values sees by it that one of them is missing.
    std::uint64_t too_large_count() const { return too_large_count_; }

    bool is_utf8_database() const { return encoding_ == PG_UTF8; }

private:
    void pack_carefully(FrameWriter& frames, std::string_view text);
    void pack_converted(FrameWriter& frames, std::string_view text);

    int encoding_ = GetDatabaseEncoding();
    Oid conversion_ = InvalidOid;  // database encoding -> UTF-8; looked up at first use
    std::uint64_t too_large_count_ = 0;
};
static_assert(std::is_trivially_destructible_v<ServerText>);

void pack_too_large(FrameBuffer& buffer, std::uint64_t value_bytes);

}  // namespace glassflow
