// The plugin's options, in ONE table: the parser, the error for an unknown name, glassflow.options() and
// docs/plugin_options.md are all made from it. Standard headers only: the generator of the document is no server.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace glassflow {

enum class OptionId : std::uint8_t { frame_bytes, tables, generated_columns };

enum class OptionKind : std::uint8_t { integer, table_list, choice };

struct OptionDescription {
    OptionId id;
    std::string_view name;
    OptionKind kind;
    std::string_view default_text;
    std::int64_t minimum;  // of integers
    std::int64_t maximum;
    std::string_view choices;  // of a choice: its words, separated by ", "
    std::string_view description;
};

inline constexpr std::array option_table{
    OptionDescription{OptionId::frame_bytes, "frame_bytes", OptionKind::integer, "65536", 1024, 16 * 1024 * 1024, "",
                      "Size in bytes at which a frame is sent. A frame holds whole records, so it may be larger by one "
                      "record; the end of a transaction always sends what there is."},
    OptionDescription{OptionId::tables, "tables", OptionKind::table_list, "", 0, 0, "",
                      "Tables whose changes are sent: a comma list of schema.table. Names without double quotes are "
                      "folded to lower case and may hold * for any run of characters; names in double quotes are taken "
                      "as they are. Without this option all tables are sent."},
    OptionDescription{OptionId::generated_columns, "generated_columns", OptionKind::choice, "stored", 0, 0,
                      "stored, none",
                      "Which generated columns are sent: the stored ones, or none. Columns of the key are sent always, "
                      "as rows are told apart by them; virtual ones never, as they are not stored."},
};

constexpr std::string_view kind_name(OptionKind kind) {
    switch (kind) {
        case OptionKind::integer:
            return "integer";
        case OptionKind::table_list:
            return "list of tables";
        case OptionKind::choice:
            return "choice";
    }
    return {};
}

}  // namespace glassflow
