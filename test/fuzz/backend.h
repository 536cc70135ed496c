// A server process without a database, in the fuzzer's own process: memory contexts, errors, encodings and settings are
// the server's own code. There is no catalog and no transaction.
#pragma once

#include "output_plugin/pg_headers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace glassflow::fuzz {

// Once per process; what is on the stack below its caller's frame stays there.
void start_backend();

// Says what was found and aborts, so that the fuzzer keeps the input.
[[noreturn]] void report_finding(const char* what, const char* detail);

// About the error that the server is handling: only a refusal of class `expected` is an answer, anything else (an
// internal error, a request for too much memory) is a finding.
void judge_error(int expected);

// Aborts when text is not valid in the database's encoding or could move a terminal's cursor.
void judge_shown_text(const char* text);

// Everything allocated since start_backend() and not freed is a leak, once the caller has deleted its contexts.
void judge_memory();

// Runs step; false when it ended by an ERROR of class `expected`.
template <typename Step>
bool runs(int expected, Step step) {
    static_assert(std::is_trivially_destructible_v<Step>);
    const MemoryContext context = CurrentMemoryContext;
    volatile bool is_complete = true;
    PG_TRY();
    { step(); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        judge_error(expected);
        is_complete = false;
    }
    PG_END_TRY();
    return is_complete;
}

// Takes an input apart. Everything it hands out is a piece of its own on the heap of exactly that size, so that a read
// beyond is seen.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    bool at_end() const { return size_ == 0; }
    std::uint8_t take_byte();
    // The bytes after a length of two bytes, or what is left when it promises more. Freed by the caller.
    struct Piece {
        char* bytes;
        std::size_t size;
        std::string_view view() const { return {bytes, size}; }
    };
    Piece take_piece();
    Piece take_rest() { return take(size_); }

private:
    Piece take(std::size_t size);

    const std::uint8_t* data_;
    std::size_t size_;
};

}  // namespace glassflow::fuzz
