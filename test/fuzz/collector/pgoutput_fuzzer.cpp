// Bytes -> PgoutputDecoder -> every event form. What may be held of transactions in progress is little, so that its end
// is reached.
#include "decode/pgoutput_decoder.h"
#include "every_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint64_t max_streamed_bytes = 64 << 10;
    glassflow::decode::PgoutputDecoder decoder({.memory_bytes = max_streamed_bytes});
    glassflow::fuzz::decode_all(decoder, glassflow::fuzz::Forms::by_flags, data, size);
    return 0;
}
