// DefElem list -> Options, by the option table. Input is whatever a client sends: no catalog is read here, there is no
// transaction yet.
#include "options.h"

#include <charconv>

#include "publication_set.h"

namespace glassflow {

namespace {

constexpr const OptionDescription* find_option(std::string_view name) {
    for (const OptionDescription& option : option_table) {
        if (option.name == name) {
            return &option;
        }
    }
    return nullptr;
}

const char* known_option_names() {
    StringInfoData names;
    initStringInfo(&names);
    for (const OptionDescription& option : option_table) {
        appendStringInfo(&names, "%s%.*s", names.len == 0 ? "" : ", ", static_cast<int>(option.name.size()),
                         option.name.data());
    }
    return names.data;
}

std::int64_t parse_integer(const OptionDescription& option, std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || value < option.minimum || value > option.maximum) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid value for option \"%s\"", option.name.data()),
                        errhint("Give a whole number from %lld to %lld.", static_cast<long long>(option.minimum),
                                static_cast<long long>(option.maximum))));
    }
    return value;
}

// Which of the option's words it is, from 0.
std::size_t parse_choice(const OptionDescription& option, std::string_view text) {
    constexpr std::string_view separator = ", ";
    std::string_view words = option.choices;
    for (std::size_t position = 0;; ++position) {
        const std::size_t end = words.find(separator);
        if (words.substr(0, end) == text) {
            return position;
        }
        if (end == std::string_view::npos) {
            break;
        }
        words.remove_prefix(end + separator.size());
    }
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid value for option \"%s\"", option.name.data()),
             errhint("Give one of: %s.", option.choices.data())));
    pg_unreachable();
}

// Off, or on where the server can do it.
bool parse_switch(const OptionDescription& option, std::string_view text) {
    const bool is_on = parse_choice(option, text) == 1;
    if (is_on && !pg::has_streaming) {
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("option \"%s\" needs PostgreSQL 14 or later", option.name.data()),
                        errhint("Leave the option out: transactions are sent when they commit.")));
    }
    if (is_on && option.id == OptionId::two_phase && !pg::may_be_two_phase()) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("option \"%s\" needs a slot that was created for it", option.name.data()),
                        errhint("Create the slot with two_phase = true, or leave the option out.")));
    }
    return is_on;
}

void set_option(Options& options, const OptionDescription& option, std::string_view text, MemoryContext context) {
    switch (option.id) {
        case OptionId::frame_bytes:
            options.frame_bytes = static_cast<std::size_t>(parse_integer(option, text));
            break;
        case OptionId::tables:
            options.selection.tables = TableFilter::parse(option.name, text, context);
            break;
        case OptionId::exclude_tables:
            options.selection.exclude_tables = TableFilter::parse(option.name, text, context);
            break;
        case OptionId::columns:
            options.selection.columns = ColumnRules::parse(option.name, text, context);
            break;
        case OptionId::exclude_columns:
            options.selection.exclude_columns = ColumnRules::parse(option.name, text, context);
            break;
        case OptionId::rows:
            options.selection.rows = RowRules::parse(option.name, text, context);
            break;
        case OptionId::actions:
            options.selection.actions = parse_actions(option.name, text, context);
            break;
        case OptionId::messages:
            options.messages = MessageFilter::parse(option.name, text, context);
            break;
        case OptionId::origin:
            options.origins = OriginFilter::parse(option.name, text, context);
            break;
        case OptionId::publications:
            options.selection.publications = parse_publications(option.name, text, context);
            break;
        case OptionId::generated_columns:
            options.selection.sends_generated_columns = parse_choice(option, text) == 0;
            break;
        case OptionId::update_columns:
            options.sends_changed_columns = parse_choice(option, text) == 1;
            break;
        case OptionId::masks:
            options.masks = ColumnMasks::parse(option.name, text, context);
            break;
        case OptionId::ddl:
            options.sends_ddl = parse_choice(option, text) == 1;
            break;
        case OptionId::streaming:
            options.streaming = parse_switch(option, text);
            break;
        case OptionId::two_phase:
            options.two_phase = parse_switch(option, text);
            break;
    }
}

}  // namespace

Options parse_options(List* list, MemoryContext context) {
    Options options;
    for (const OptionDescription& option : option_table) {
        if (!option.default_text.empty()) {
            set_option(options, option, option.default_text, context);
        }
    }
    std::array<bool, option_table.size()> given{};
    ListCell* cell = nullptr;
    foreach (cell, list) {
        auto* element = static_cast<DefElem*>(lfirst(cell));
        const OptionDescription* option = find_option(element->defname);
        if (option == nullptr) {
            // From SQL a name may be of any length, and must not fill the log.
            const int shown =
                pg_mbcliplen(element->defname, static_cast<int>(strlen(element->defname)), NAMEDATALEN - 1);
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("unknown option \"%s\"", pnstrdup(element->defname, static_cast<Size>(shown))),
                            errhint("The options of this plugin are: %s.", known_option_names())));
        }
        bool& is_given = given[option - option_table.data()];
        if (is_given) {
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("option \"%s\" is given more than once", element->defname),
                            errhint("Give each option once.")));
        }
        is_given = true;
        if (element->arg == nullptr) {
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("option \"%s\" has no value", element->defname),
                     errhint("Give the option a value, or leave it out for its default.")));
        }
        set_option(options, *option, defGetString(element), context);
    }
    return options;
}

}  // namespace glassflow
