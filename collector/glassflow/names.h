// Names of Postgres, which may be any text, -> names that ClickHouse, GlassFlow and the drivers between them take.
//
// Deterministic: the same table gets the same names on every run, whatever else is selected.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace glassflow::etl {

// A name for a ClickHouse column or table. GlassFlow's sink quotes names by doubling backticks alone, and the driver
// takes its INSERT apart at commas, parentheses, quotes and white space: what is none of letters, digits, _ , - and
// non-ASCII becomes _ . Empty never. Longer than a file name may be: shortened, with a hash of the whole.
std::string clickhouse_name(std::string_view name);

// An identifier of ClickHouse in backticks, a string of ClickHouse in quotes: any text.
std::string quote_name(std::string_view name);
std::string quote_string(std::string_view text);

// A string of the expression language, in double quotes: any text.
std::string expression_string(std::string_view text);
// How an expression reaches a field of what owner is, or nil: data?.id, data?.["my col"].
std::string expression_field(std::string_view owner, std::string_view field);

// A name for a person to read, on one line and bounded: control characters as ?, what is too long cut.
std::string shown_name(std::string_view name);

// A plain identifier of at most 63 bytes for what a transform puts out; empty when the name gives none.
std::string plain_identifier(std::string_view name);

// 5 to 40 characters, a letter first, then a-z 0-9 -, never --, no - at the end. Two tables have the same id only when
// a hash of 32 bits says so; wider has 64 bits.
std::string pipeline_id(std::string_view prefix, std::string_view schema, std::string_view table,
                        bool is_wider = false);
// Whether the management API takes it.
bool is_pipeline_id(std::string_view id);

// Gives each name once: the second one that wants it gets a number behind.
class UniqueNames {
public:
    // What nobody may have.
    void reserve(std::string name) { taken_.insert(std::move(name)); }
    std::string take(const std::string& wanted);

private:
    std::set<std::string> taken_;
};

}  // namespace glassflow::etl
