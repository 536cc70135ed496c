// The event triggers of glassflow.capture_ddl(): what a statement did to the schema -> one logical message of its
// transaction, which the plugin finds in order with the data.
//
// They run in whoever's session, with that user's rights, and must not make a statement fail that would have gone
// through: what is asked of the catalog is asked in a subtransaction, whose ERROR becomes a WARNING.
#include "schema_change.h"

namespace glassflow {

namespace {

// Row by row: command, type, schema, identity, columns as {name, type, not null} each. Nothing of temporary objects,
// which the WAL does not have, nor of what the script of an extension makes.
constexpr const char* changed_objects = R"(
    SELECT changed.command_tag, changed.object_type, changed.schema_name, changed.object_identity,
           (SELECT pg_catalog.array_agg(ARRAY[attribute.attname::pg_catalog.text,
                                              pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
                                              attribute.attnotnull::pg_catalog.text] ORDER BY attribute.attnum)
            FROM pg_catalog.pg_attribute attribute JOIN pg_catalog.pg_class relation ON relation.oid = attribute.attrelid
            WHERE changed.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND attribute.attrelid = changed.objid
                  AND relation.relkind IN ('r', 'p', 'f', 'v', 'm') AND attribute.attnum > 0 AND NOT attribute.attisdropped)
    FROM pg_catalog.pg_event_trigger_ddl_commands() changed
    WHERE NOT changed.in_extension AND changed.object_identity IS NOT NULL
          AND changed.schema_name IS DISTINCT FROM 'pg_temp')";

// What was named in the statement or depends on it as a thing of its own; not the types, indexes and defaults of a
// table that is gone.
constexpr const char* dropped_objects = R"(
    SELECT NULL::pg_catalog.text, dropped.object_type, dropped.schema_name, dropped.object_identity, NULL::pg_catalog.text[]
    FROM pg_catalog.pg_event_trigger_dropped_objects() dropped
    WHERE (dropped.original
           OR (dropped.normal AND dropped.object_type NOT IN ('default value', 'rule', 'trigger', 'policy',
                                                              'table constraint', 'domain constraint')))
          AND NOT dropped.is_temporary)";

// Those of objects whose options may hold a password.
bool may_hold_secrets(std::string_view command) {
    for (const std::string_view word : {"USER MAPPING", "SERVER", "SUBSCRIPTION", "FOREIGN"}) {
        if (command.find(word) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\n\r\f\v";
    while (!text.empty() && space.find(text.front()) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    while (!text.empty() && space.find(text.back()) != std::string_view::npos) {
        text.remove_suffix(1);
    }
    return text;
}

// Without substr(), which would need the runtime's exceptions.
std::string_view text_of_statement(std::string_view sent, const RawStmt* statement) {
    sent.remove_prefix(Min(sent.size(), static_cast<std::size_t>(Max(statement->stmt_location, 0))));
    if (statement->stmt_len > 0) {
        sent.remove_suffix(sent.size() - Min(sent.size(), static_cast<std::size_t>(statement->stmt_len)));
    }
    return trimmed(sent);
}

// The one statement of what the client sent that has this tag; none when there are several, or it is within a function:
// what stands beside it is nobody's business, and may be CREATE ROLE with a password.
std::optional<std::string_view> find_statement(CommandTag tag) {
    constexpr std::size_t max_parsed_bytes = 1024 * 1024;
    if (debug_query_string == nullptr || may_hold_secrets(GetCommandTagName(tag))) {
        return std::nullopt;
    }
    const std::string_view sent = debug_query_string;
    if (sent.size() > max_parsed_bytes) {
        return std::nullopt;
    }
    std::optional<std::string_view> found;
    ListCell* cell = nullptr;
    foreach (cell, pg_parse_query(debug_query_string)) {
        const auto* statement = static_cast<RawStmt*>(lfirst(cell));
        if (CreateCommandTag(statement->stmt) != tag) {
            continue;
        }
        if (found) {
            return std::nullopt;
        }
        found = text_of_statement(sent, statement);
    }
    return found;
}

std::string_view text_of(HeapTuple row, TupleDesc descriptor, int column) {
    const char* text = SPI_getvalue(row, descriptor, column);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

std::optional<std::string_view> optional_text_of(HeapTuple row, TupleDesc descriptor, int column) {
    const char* text = SPI_getvalue(row, descriptor, column);
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(text);
}

struct TextArray {
    Datum* elements = nullptr;
    int count = 0;

    std::string_view operator[](int i) const { return TextDatumGetCString(elements[i]); }
};

std::optional<TextArray> array_of(HeapTuple row, TupleDesc descriptor, int column) {
    bool is_null = true;
    const Datum value = SPI_getbinval(row, descriptor, column, &is_null);
    if (is_null) {
        return std::nullopt;
    }
    TextArray array;
    bool* nulls = nullptr;
    deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &array.elements, &nulls,
                      &array.count);
    return array;
}

void add_object(SchemaChangeWriter& writer, std::string_view command, bool is_dropped, HeapTuple row,
                TupleDesc descriptor) {
    constexpr int column_width = 3;
    const std::optional<TextArray> columns = array_of(row, descriptor, 5);
    SchemaChange::Object object = {.command = is_dropped ? command : text_of(row, descriptor, 1),
                                   .type = text_of(row, descriptor, 2),
                                   .schema = optional_text_of(row, descriptor, 3),
                                   .identity = text_of(row, descriptor, 4),
                                   .is_dropped = is_dropped,
                                   .columns = std::nullopt};
    if (columns) {  // only their number counts here
        object.columns = std::span<SchemaChange::Column>(static_cast<SchemaChange::Column*>(nullptr),
                                                         static_cast<std::size_t>(columns->count / column_width));
    }
    if (!writer.begin_object(object) || !columns) {
        return;
    }
    for (int i = 0; i + column_width <= columns->count; i += column_width) {
        writer.add_column({(*columns)[i], (*columns)[i + 1], (*columns)[i + 2] == "true"});
    }
}

void collect(SchemaChangeWriter& writer, CommandTag tag, bool is_dropped) {
    const std::string_view command = GetCommandTagName(tag);
    const char* user = GetUserNameFromId(GetUserId(), true);
    const std::optional<std::string_view> whole = find_statement(tag);
    std::optional<std::string_view> statement = whole;
    if (whole && whole->size() > max_statement_bytes) {
        statement = whole->substr(0, static_cast<std::size_t>(pg_mbcliplen(
                                         whole->data(), static_cast<int>(whole->size()), max_statement_bytes)));
    }
    writer.begin(command, user == nullptr ? "" : user, statement, statement && statement->size() < whole->size());

    if (SPI_connect() != SPI_OK_CONNECT ||
        SPI_execute(is_dropped ? dropped_objects : changed_objects, false, 0) != SPI_OK_SELECT) {
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not ask for the objects of a schema change")));
    }
    for (std::uint64_t i = 0; i < SPI_processed; ++i) {
        add_object(writer, command, is_dropped, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
    }
    SPI_finish();
    writer.end();
}

// All that is no one's intention to end the statement. Without memory not even a warning can be made.
bool may_be_ignored(int sqlstate) {
    return ERRCODE_TO_CATEGORY(sqlstate) != ERRCODE_OPERATOR_INTERVENTION && sqlstate != ERRCODE_OUT_OF_MEMORY;
}

void capture(const EventTriggerData* trigger, bool is_dropped) {
    if (!XLogLogicalInfoActive()) {
        return;  // nobody can read it
    }
    StringInfoData content;
    initStringInfo(&content);
    SchemaChangeWriter writer(&content);
    const CommandTag tag = trigger->tag;
    const ErrorData* error =
        pg::in_subtransaction([&writer, tag, is_dropped] { collect(writer, tag, is_dropped); }, may_be_ignored);
    if (error != nullptr) {
        ereport(WARNING, (errcode(error->sqlerrcode), errmsg("schema change is not told to readers of the WAL"),
                          errdetail("%s", error->message == nullptr ? "" : error->message),
                          errhint("glassflow.stop_capturing_ddl() ends telling them.")));
        return;
    }
    if (writer.has_objects()) {
        sign_schema_change(&content, GetTopTransactionId());
        pg::log_message(schema_change_prefix, {content.data, static_cast<std::size_t>(content.len)});
    }
}

const EventTriggerData* trigger_of(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_EVENT_TRIGGER(fcinfo)) {
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("function is for event triggers alone"),
                        errhint("Call glassflow.capture_ddl(), which makes them.")));
    }
    return reinterpret_cast<EventTriggerData*>(fcinfo->context);
}

}  // namespace

}  // namespace glassflow

extern "C" {

PG_FUNCTION_INFO_V1(glassflow_ddl_command_end);
PG_FUNCTION_INFO_V1(glassflow_sql_drop);

PGDLLEXPORT Datum glassflow_ddl_command_end(PG_FUNCTION_ARGS) {
    glassflow::capture(glassflow::trigger_of(fcinfo), false);
    PG_RETURN_NULL();
}

PGDLLEXPORT Datum glassflow_sql_drop(PG_FUNCTION_ARGS) {
    glassflow::capture(glassflow::trigger_of(fcinfo), true);
    PG_RETURN_NULL();
}

}  // extern "C"
