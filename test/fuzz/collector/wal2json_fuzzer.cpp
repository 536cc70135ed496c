// Bytes -> Wal2jsonDecoder -> every event form.
#include "decode/wal2json_decoder.h"
#include "every_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    glassflow::decode::Wal2jsonDecoder decoder;
    glassflow::fuzz::decode_all(decoder, glassflow::fuzz::Forms::by_flags, data, size);
    return 0;
}
