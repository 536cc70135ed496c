// Which columns are masked, and how: the option `masks` against the names of a table and a column.
//
//   rules = table ":" item *( "," item ) *( ";" ... )      see option_text.h
//   item  = column "=" mask                               column: a name, * as wildcard
//   mask  = "null" | "hash" | "redact" "(" string ")" | "keep_last" "(" number ")" | "truncate" "(" number ")"
//
// Asked once per relation, when its plan is made.
#pragma once

#include "option_text.h"
#include "printed_hash.h"

#include <cstdint>
#include <span>

namespace glassflow {

struct ColumnMask {
    enum class Kind : std::uint8_t { null, hash, redact, keep_last, truncate };

    Kind kind = Kind::null;
    std::uint32_t characters = 0;  // that are kept
    std::string_view text;         // in place of the value

    bool operator==(const ColumnMask&) const = default;
};

struct MaskRule {
    TablePattern table;
    NamePattern column;
    ColumnMask mask;
};

class ColumnMasks {
public:
    static constexpr std::size_t max_rules = 20000;
    static constexpr std::int64_t max_characters = 65535;

    // Rules go to context; an ERROR says what is wrong with the text and at which byte.
    static ColumnMasks parse(std::string_view option, std::string_view text, MemoryContext context);

    bool is_empty() const { return rules_.empty(); }

    // Reads the server's key, which hashes need: an ERROR when they are asked for and there is none to use.
    void prepare_hash(MemoryContext context);
    PrintedHash* hash() const { return hash_; }

    // nullptr: the column is not masked. Two different masks of one column are an ERROR: nobody knows which was meant.
    const ColumnMask* find(std::string_view schema, std::string_view table, std::string_view column) const;

    // A column that is named for this table alone and that it does not have: has(name) says which it has. nullptr:
    // none.
    template <typename Has>
    const MaskRule* find_missing(std::string_view schema, std::string_view table, Has has) const {
        for (const MaskRule& rule : rules_) {
            if (rule.table.is_literal() && rule.column.is_literal && rule.table.matches(schema, table) &&
                !has(rule.column.text)) {
                return &rule;
            }
        }
        return nullptr;
    }

private:
    std::span<const MaskRule> rules_;
    bool wants_hash_ = false;
    PrintedHash* hash_ = nullptr;
};
static_assert(std::is_trivially_destructible_v<ColumnMasks>);

}  // namespace glassflow
