// The one place that words a malformed frame.
#include "decode/decode_error.h"

namespace glassflow::decode {

void throw_malformed(std::string_view what, std::size_t frame_offset) {
    throw DecodeError(
        DecodeError::Kind::malformed, "malformed frame: " + std::string(what), frame_offset,
        "Check that the slot's plugin is glassflow and that plugin and collector are of the same release; "
        "the server keeps everything after the last confirmed transaction.");
}

void throw_damaged(const std::string& sent, const std::string& arrived, std::size_t frame_offset) {
    throw DecodeError(
        DecodeError::Kind::malformed, "damaged transaction: sent with " + sent + ", arrived with " + arrived,
        frame_offset,
        "Look at what is between server and collector (a proxy, faulty memory or network cards) and start "
        "again; nothing of the transaction was confirmed, the server sends it again.");
}

void throw_malformed_message(std::string_view what, std::size_t offset) {
    throw DecodeError(
        DecodeError::Kind::malformed, "malformed message of the plugin: " + std::string(what), offset,
        "Check that the slot's plugin is the one named in the log, and docs/other_plugins.md for what it must be; the "
        "server keeps everything after the last confirmed transaction.");
}

}  // namespace glassflow::decode
