// The least of a server's start that the code under test relies on, and the judging of what it does.
#include "backend.h"

#include <cstdio>
#include <cstdlib>

namespace glassflow::fuzz {

namespace {

constexpr std::size_t tolerated_growth_bytes = 256 * 1024;
std::size_t bytes_at_start = 0;

std::size_t allocated_bytes() {
    return MemoryContextMemAllocated(TopMemoryContext, true);
}

// The server reports damage that it finds in its memory contexts as a warning.
void judge_log(ErrorData* error) {
    if (error->elevel >= WARNING) {
        report_finding("the server warns", error->message);
    }
}

}  // namespace

void start_backend() {
    MemoryContextInit();
    static_cast<void>(set_stack_base());
    InitializeGUCOptions();
    SetDatabaseEncoding(PG_UTF8);
    emit_log_hook = judge_log;
    bytes_at_start = allocated_bytes();
}

void report_finding(const char* what, const char* detail) {
    static_cast<void>(std::fprintf(stderr, "FINDING: %s: %s\n", what, detail));
    std::abort();
}

void judge_error(int expected) {
    const ErrorData* error = CopyErrorData();
    FlushErrorState();
    if (error->sqlerrcode != expected) {
        report_finding(unpack_sql_state(error->sqlerrcode), error->message);
    }
}

void judge_shown_text(const char* text) {
    const std::size_t size = strlen(text);
    if (!pg_verify_mbstr(GetDatabaseEncoding(), text, static_cast<int>(size), true)) {
        report_finding("a line is not valid in the encoding of the database", text);
    }
    for (std::size_t i = 0; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 =
            GetDatabaseEncoding() == PG_UTF8 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (byte < ' ' || byte == 0x7f || is_c1) {
            report_finding("a line holds a control character", text);
        }
    }
}

void judge_memory() {
    if (allocated_bytes() > bytes_at_start + tolerated_growth_bytes) {
        MemoryContextStats(TopMemoryContext);
        report_finding("memory is left behind", "see the contexts above");
    }
}

std::uint8_t Input::take_byte() {
    if (size_ == 0) {
        return 0;
    }
    --size_;
    return *data_++;
}

Input::Piece Input::take_piece() {
    std::size_t size = take_byte();
    size = size << 8 | take_byte();
    return take(size < size_ ? size : size_);
}

Input::Piece Input::take(std::size_t size) {
    auto* bytes = static_cast<char*>(std::malloc(size));
    if (size != 0) {
        memcpy(bytes, data_, size);
    }
    data_ += size;
    size_ -= size;
    return {bytes, size};
}

}  // namespace glassflow::fuzz
