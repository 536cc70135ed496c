// Bytes -> what the plugin makes of a logical message under the prefix of schema changes, which any user of the
// database can send.
//
//   input = flags content     flags: 1 in a SQL_ASCII database
//
// It is a schema change or it is none; an ERROR would stop the slot. All that is read stands in the content and is
// text.
#include "backend.h"
#include "output_plugin/schema_change.h"

namespace {

using namespace glassflow;

void judge_text(std::string_view content, std::string_view text) {
    const bool is_within =
        text.data() >= content.data() && text.data() + text.size() <= content.data() + content.size();
    if (!text.empty() && !is_within) {
        fuzz::report_finding("a text is not of the content", "see the input");
    }
    if (!pg_verify_mbstr(GetDatabaseEncoding(), text.data(), static_cast<int>(text.size()), true)) {
        fuzz::report_finding("a text is none of the database's encoding", "see the input");
    }
}

void judge_columns(std::string_view content, const SchemaChange::Object& object) {
    for (const SchemaChange::Column& column : object.columns.value_or(std::span<SchemaChange::Column>())) {
        judge_text(content, column.name);
        judge_text(content, column.type);
    }
}

void judge_change(std::string_view content, const SchemaChange& change) {
    judge_text(content, change.command);
    judge_text(content, change.user);
    judge_text(content, change.statement.value_or(std::string_view()));
    for (const SchemaChange::Object& object : change.objects) {
        judge_text(content, object.command);
        judge_text(content, object.type);
        judge_text(content, object.schema.value_or(std::string_view()));
        judge_text(content, object.identity);
        judge_columns(content, object);
    }
    if (change.is_signed) {
        fuzz::report_finding("it is signed on a server without a key", "see the input");
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::start_backend();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    SetDatabaseEncoding((input.take_byte() & 1) == 0 ? PG_UTF8 : PG_SQL_ASCII);
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "change", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(context);
    const fuzz::Input::Piece piece = input.take_rest();
    const std::string_view content = piece.view();
    constexpr int never = 0;
    static_cast<void>(fuzz::runs(never, [content] {
        const std::optional<SchemaChange> change = read_schema_change(content, 7);
        if (change) {
            judge_change(content, *change);
        }
    }));
    std::free(piece.bytes);
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextDelete(context);
    fuzz::judge_memory();
    return 0;
}
