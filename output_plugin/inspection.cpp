// The SQL functions of the extension: glassflow.decode(frame) and glassflow.options().
//
// decode() keeps what frames say about relations in fn_extra, across the calls of one query; that is why its lines are
// materialized: the other way of returning a set would need fn_extra for itself.
#include "frame_text.h"

#include <span>

#include "option_table.h"

namespace glassflow {

namespace {

// The tuplestore that takes the rows; it and its descriptor belong to the query.
Tuplestorestate* begin_result(FunctionCallInfo fcinfo, TupleDesc descriptor) {
    auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0) {
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("set-valued function called in context that cannot accept a set"),
                        errhint("Call it in a SELECT list or in FROM.")));
    }
    pg::MemoryContextScope scope(result->econtext->ecxt_per_query_memory);
    const bool is_random = (result->allowedModes & SFRM_Materialize_Random) != 0;
    Tuplestorestate* rows = tuplestore_begin_heap(is_random, false, work_mem);
    result->returnMode = SFRM_Materialize;
    result->setResult = rows;
    result->setDesc = CreateTupleDescCopy(descriptor);
    scope.leave();
    return rows;
}

TupleDesc text_columns(std::span<const char* const> names) {
    TupleDesc descriptor = CreateTemplateTupleDesc(static_cast<int>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) {
        TupleDescInitEntry(descriptor, static_cast<AttrNumber>(i + 1), names[i], TEXTOID, -1, 0);
    }
    return descriptor;
}

FrameText& frame_text_of(FunctionCallInfo fcinfo, bool has_positions) {
    auto* text = static_cast<FrameText*>(fcinfo->flinfo->fn_extra);
    if (text == nullptr || text->has_positions() != has_positions) {
        text = pg::make(fcinfo->flinfo->fn_mcxt, FrameText(fcinfo->flinfo->fn_mcxt, has_positions));
        fcinfo->flinfo->fn_extra = text;
    }
    return *text;
}

Datum text_datum(std::string_view text) {
    return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

Datum range_of(const OptionDescription& option, bool& is_null) {
    is_null = option.kind == OptionKind::table_list || option.kind == OptionKind::table_rules ||
              option.kind == OptionKind::name_list;
    switch (option.kind) {
        case OptionKind::integer:
            return text_datum(psprintf("%lld to %lld", static_cast<long long>(option.minimum),
                                       static_cast<long long>(option.maximum)));
        case OptionKind::choice:
        case OptionKind::word_list:
            return text_datum(option.choices);
        case OptionKind::table_list:
        case OptionKind::table_rules:
        case OptionKind::name_list:
            break;
    }
    return Datum{0};
}

}  // namespace

}  // namespace glassflow

extern "C" {

PG_FUNCTION_INFO_V1(glassflow_decode);
PG_FUNCTION_INFO_V1(glassflow_options);

PGDLLEXPORT Datum glassflow_decode(PG_FUNCTION_ARGS) {
    using namespace glassflow;
    static constexpr const char* names[] = {"decode"};
    bytea* data = PG_GETARG_BYTEA_PP(0);
    FrameText& text = frame_text_of(fcinfo, PG_GETARG_BOOL(1));
    const TupleDesc descriptor = text_columns(names);
    Tuplestorestate* rows = begin_result(fcinfo, descriptor);
    MemoryContext line_context =
        AllocSetContextCreate(CurrentMemoryContext, "glassflow decode line", ALLOCSET_DEFAULT_SIZES);

    FrameReader frame({VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data)});
    while (!frame.at_end()) {
        CHECK_FOR_INTERRUPTS();
        pg::MemoryContextScope scope(line_context);
        Datum line = CStringGetTextDatum(text.next_line(frame));
        bool is_null = false;
        tuplestore_putvalues(rows, descriptor, &line, &is_null);
        scope.leave();
        MemoryContextReset(line_context);
    }
    MemoryContextDelete(line_context);
    return Datum{0};
}

PGDLLEXPORT Datum glassflow_options(PG_FUNCTION_ARGS) {
    using namespace glassflow;
    static constexpr const char* names[] = {"name", "type", "default", "range", "description"};
    const TupleDesc descriptor = text_columns(names);
    Tuplestorestate* rows = begin_result(fcinfo, descriptor);
    for (const OptionDescription& option : option_table) {
        bool nulls[] = {false, false, option.default_text.empty(), false, false};
        Datum values[] = {text_datum(option.name), text_datum(kind_name(option.kind)), text_datum(option.default_text),
                          range_of(option, nulls[3]), text_datum(option.description)};
        tuplestore_putvalues(rows, descriptor, values, nulls);
    }
    return Datum{0};
}

}  // extern "C"
