// Bytes -> FrameDecoder -> every event form, as the collector takes a stream of a plugin that cannot be trusted.
//
// The input is that of the fuzzer `decode`, whose corpus serves both.
#include "decode/frame_decoder.h"
#include "every_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    glassflow::decode::FrameDecoder decoder({.memory_bytes = 1 << 20}, glassflow::decode::FrameDecoder::Checks::counts);
    glassflow::fuzz::decode_all(decoder, glassflow::fuzz::Forms::all, data, size);
    return 0;
}
