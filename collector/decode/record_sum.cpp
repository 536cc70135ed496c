// ISA-L has the polynomial under the name of the protocol that it comes from, and takes what the processor offers.
#include "decode/record_sum.h"

#include <isa-l/crc.h>

namespace glassflow::decode {

void RecordSum::add(std::string_view bytes) {
    constexpr std::size_t max_run_bytes = 1 << 30;  // its length is an int
    bytes_ += bytes.size();
    while (!bytes.empty()) {
        const std::string_view run = bytes.substr(0, max_run_bytes);
        // It only reads.
        auto* const data = reinterpret_cast<unsigned char*>(const_cast<char*>(run.data()));
        crc_ = crc32_iscsi(data, static_cast<int>(run.size()), crc_);
        bytes.remove_prefix(run.size());
    }
}

}  // namespace glassflow::decode
