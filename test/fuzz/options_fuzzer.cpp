// Texts -> the plugin's options, and what comes of them -> hostile names; the constants of `rows` as values of every
// type.
//
//   input = flags *( length(2, big-endian) text )     flags: 1 in a SQL_ASCII database, 2 the last option has no value
//
// The first two texts are the names of a schema and of a table; then names and values of options take turns.
#include <vector>

#include "backend.h"
#include "output_plugin/options.h"
#include "output_plugin/ordered_value.h"

extern "C" {
#include "nodes/makefuncs.h"
}

namespace {

using namespace glassflow;

// What * means, said once more in the plainest way: a table of which prefixes match, row by row.
bool matches_plainly(std::string_view pattern, std::string_view name) {
    std::vector<bool> row(name.size() + 1, false);
    row[0] = true;
    for (const char c : pattern) {
        std::vector<bool> next(name.size() + 1, false);
        next[0] = row[0] && c == '*';
        for (std::size_t i = 1; i <= name.size(); ++i) {
            next[i] = c == '*' ? next[i - 1] || row[i] : row[i - 1] && c == name[i - 1];
        }
        row = next;
    }
    return row.back();
}

void judge_matching(std::string_view pattern, std::string_view name) {
    if (pattern.size() >= NAMEDATALEN || name.size() >= NAMEDATALEN) {
        return;  // longer ones do not come this far
    }
    const NamePattern literal{pattern, true};
    const NamePattern wildcard{pattern, false};
    if (literal.matches(name) != (pattern == name) || wildcard.matches(name) != matches_plainly(pattern, name)) {
        fuzz::report_finding("a pattern matches what it should not, or does not what it should", "see the input");
    }
}

// As the server hands it over: ends at the first zero byte.
char* c_string(std::string_view text) {
    return pnstrdup(text.data(), text.size());
}

// As each type reads it when a table is first met: by true or false, never by an ERROR, which would stop the slot. What
// was read is the same as itself.
void judge_constant(std::string_view text) {
    using Form = OrderedType::Form;
    constexpr OrderedType types[] = {
        {Form::integer, true, INT8OID, false, nullptr, ""},
        {Form::integer, true, BOOLOID, false, nullptr, ""},
        {Form::integer, true, DATEOID, false, nullptr, ""},
        {Form::integer, true, TIMESTAMPOID, false, nullptr, ""},
        {Form::integer, true, TIMESTAMPTZOID, false, nullptr, ""},
        {Form::real, true, FLOAT4OID, false, nullptr, ""},
        {Form::real, true, FLOAT8OID, false, nullptr, ""},
        {Form::numeric, true, NUMERICOID, false, nullptr, ""},
        {Form::bytes, true, UUIDOID, false, nullptr, ""},
        {Form::bytes, false, BPCHAROID, false, nullptr, ""},
        {Form::bytes, false, TEXTOID, false, nullptr, ""},
    };
    for (const OrderedType& type : types) {
        OrderedValue value;
        if (read_constant(type, text, CurrentMemoryContext, value) && compare(type.form, value, value) != 0) {
            fuzz::report_finding("a constant is not the same as itself", "see the input");
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the parser lets it be
void judge_condition(const Condition& condition) {
    for (const Constant& constant : condition.constants) {
        judge_constant(constant.text);
    }
    for (const Condition& part : condition.parts) {
        judge_condition(part);
    }
}

void judge_options(List* list, std::string_view schema, std::string_view table) {
    const Options options = parse_options(list, CurrentMemoryContext);
    if (options.frame_bytes < 1024 || options.frame_bytes > std::size_t{16} * 1024 * 1024) {
        fuzz::report_finding("frame_bytes is out of its range", "see the input");
    }
    static_cast<void>(options.selection.wants_table(schema, table));
    static_cast<void>(options.masks.find(schema, table, table));
    static_cast<void>(options.selection.columns.of_table(schema, table));
    static_cast<void>(options.selection.exclude_columns.of_table(schema, table));
    static_cast<void>(options.messages.wants(table));
    static_cast<void>(options.origins.drops(InvalidRepOriginId) && options.origins.drops(1));
    for (const char* name : options.selection.publications) {
        if (strlen(name) == 0 || strlen(name) >= NAMEDATALEN) {
            fuzz::report_finding("the name of a publication is of no length that it can have", "see the input");
        }
    }
    constexpr int never = 0;
    for (const RowRule& rule : options.selection.rows.rules()) {
        const Condition* condition = &rule.condition;
        static_cast<void>(fuzz::runs(never, [condition] { judge_condition(*condition); }));
    }
}

// The grammar of options that say something of several tables, with a body of whatever comes: what is taken must move
// on.
void judge_rules(std::string_view rules) {
    OptionText text("rules", rules, OptionText::rule_symbols, CurrentMemoryContext);
    take_table_rules(text, [](OptionText& body, const TablePattern&) {
        while (!body.at_end() && body.peek() != ';') {
            const std::size_t start = body.at();
            switch (body.peek()) {
                case '\'':
                    static_cast<void>(body.take_string());
                    break;
                case '=':
                    body.expect_symbol("=", "");
                    break;
                case '0':
                case '-':
                case '1':
                    static_cast<void>(body.take_number());
                    break;
                default:
                    if (!body.take_word("and") && !body.take_symbol("(") && !body.take_symbol(",")) {
                        static_cast<void>(body.take_name("a name", "Write one."));
                    }
            }
            if (body.at() <= start) {
                fuzz::report_finding("something was taken and nothing is gone", "see the input");
            }
        }
    });
}

List* take_options(fuzz::Input& input, bool lacks_last_value) {
    List* list = NIL;
    while (!input.at_end()) {
        const fuzz::Input::Piece name = input.take_piece();
        const bool has_value = !lacks_last_value || !input.at_end();
        const fuzz::Input::Piece value = input.take_piece();
        Node* argument = has_value ? reinterpret_cast<Node*>(makeString(c_string(value.view()))) : nullptr;
        list = lappend(list, makeDefElem(c_string(name.view()), argument, -1));
        std::free(name.bytes);
        std::free(value.bytes);
    }
    return list;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    fuzz::start_backend();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t flags = input.take_byte();
    SetDatabaseEncoding((flags & 1) == 0 ? PG_UTF8 : PG_SQL_ASCII);
    MemoryContext context = AllocSetContextCreate(TopMemoryContext, "slot", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(context);
    const fuzz::Input::Piece schema = input.take_piece();
    const fuzz::Input::Piece table = input.take_piece();
    judge_matching(schema.view(), table.view());
    List* list = take_options(input, (flags & 2) != 0);
    const std::string_view schema_name = schema.view();
    const std::string_view table_name = table.view();
    static_cast<void>(fuzz::runs(ERRCODE_INVALID_PARAMETER_VALUE,
                                 [list, schema_name, table_name] { judge_options(list, schema_name, table_name); }));
    static_cast<void>(fuzz::runs(ERRCODE_INVALID_PARAMETER_VALUE, [schema_name] { judge_rules(schema_name); }));
    std::free(schema.bytes);
    std::free(table.bytes);
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextDelete(context);
    fuzz::judge_memory();
    return 0;
}
