// The output function runs in a subtransaction, so that its failure can be undone: buffers pinned, caches referenced.
// Only the two errors that say "too large" are taken for that; any other goes on as the ERROR it is.
#include "large_value.h"

namespace glassflow {

namespace {

bool may_say_too_large(int sqlstate) {
    return sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED || sqlstate == ERRCODE_INTERNAL_ERROR;
}

bool says_too_large(const ErrorData* error) {
    if (error->sqlerrcode == ERRCODE_PROGRAM_LIMIT_EXCEEDED) {
        return true;  // enlargeStringInfo
    }
    constexpr std::string_view refused_allocation = "invalid memory alloc request size";
    return error->sqlerrcode == ERRCODE_INTERNAL_ERROR && error->message_id != nullptr &&
           strncmp(error->message_id, refused_allocation.data(), refused_allocation.size()) == 0;
}

}  // namespace

char* print_large_value(FmgrInfo& output, Datum value) {
    char* text = nullptr;
    FmgrInfo* const function = &output;
    ErrorData* error = pg::in_subtransaction([&text, function, value] { text = OutputFunctionCall(function, value); },
                                             may_say_too_large);
    if (error != nullptr && !says_too_large(error)) {
        ReThrowError(error);
    }
    return error == nullptr ? text : nullptr;
}

void encode_large_value(ValueWriter writer, FmgrInfo& output, Datum value) {
    const std::size_t value_bytes = varlena_size(value);
    char* text = writer.frames.fits(value_bytes) ? print_large_value(output, value) : nullptr;
    if (text == nullptr) {
        writer.text.pack_too_large(writer.buffer(), value_bytes);
        return;
    }
    writer.text.pack(writer.frames, text);
    pfree(text);
}

}  // namespace glassflow
