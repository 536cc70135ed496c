// Bytes -> glassflow.decode(), as the SQL function calls it.
//
//   input = flags *( length(2, big-endian) frame )     flags: 1 without positions, 2 in a SQL_ASCII database
//
// Every frame either becomes lines that are safe to show, or is refused as an invalid frame.
#include "backend.h"
#include "output_plugin/frame_text.h"

namespace {

using namespace glassflow;

void read_frame(FrameText& text, std::string_view bytes, MemoryContext line_context) {
    FrameReader frame(bytes);
    while (!frame.at_end()) {
        pg::MemoryContextScope scope(line_context);
        fuzz::judge_shown_text(text.next_line(frame));
        scope.leave();
        MemoryContextReset(line_context);
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::start_backend();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t flags = input.take_byte();
    SetDatabaseEncoding((flags & 2) == 0 ? PG_UTF8 : PG_SQL_ASCII);
    MemoryContext query_context = AllocSetContextCreate(TopMemoryContext, "query", ALLOCSET_DEFAULT_SIZES);
    MemoryContext line_context = AllocSetContextCreate(query_context, "line", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(query_context);
    FrameText* text = pg::make(query_context, FrameText(query_context, (flags & 1) == 0));
    bool is_complete = true;
    while (is_complete && !input.at_end()) {  // after an ERROR there is no next call
        const fuzz::Input::Piece frame = input.take_piece();
        const std::string_view bytes = frame.view();
        is_complete = fuzz::runs(ERRCODE_INVALID_BINARY_REPRESENTATION,
                                 [text, bytes, line_context] { read_frame(*text, bytes, line_context); });
        std::free(frame.bytes);
    }
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextDelete(query_context);
    fuzz::judge_memory();
    return 0;
}
