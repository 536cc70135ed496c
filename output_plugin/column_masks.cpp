#include "column_masks.h"

#include "growing_array.h"
#include "mask_key.h"

namespace glassflow {

namespace {

constexpr const char* mask_hint =
    "A mask is one of: null, hash, redact('text'), keep_last(4), truncate(10); write column = mask.";

// -1 when it is no whole number that is allowed.
std::int64_t characters_of(std::string_view digits) {
    std::int64_t number = 0;
    for (const char digit : digits) {
        number = number * 10 + (digit - '0');
        if (digit < '0' || digit > '9' || number > ColumnMasks::max_characters) {
            return -1;
        }
    }
    return number;
}

std::uint32_t take_characters(OptionText& text) {
    text.expect_symbol("(", mask_hint);
    const std::size_t start = text.at();
    const std::int64_t number = characters_of(text.take_number());
    if (number < 0) {
        text.refuse(
            start, "number of characters is out of range",
            psprintf("Give a whole number from 0 to %lld.", static_cast<long long>(ColumnMasks::max_characters)));
    }
    text.expect_symbol(")", mask_hint);
    return static_cast<std::uint32_t>(number);
}

ColumnMask take_mask(OptionText& text) {
    using Kind = ColumnMask::Kind;
    ColumnMask mask;
    if (text.take_word("null")) {
        mask.kind = Kind::null;
    } else if (text.take_word("hash")) {
        mask.kind = Kind::hash;
    } else if (text.take_word("redact")) {
        mask.kind = Kind::redact;
        text.expect_symbol("(", mask_hint);
        mask.text = text.take_string();
        text.expect_symbol(")", mask_hint);
    } else if (text.take_word("keep_last")) {
        mask.kind = Kind::keep_last;
        mask.characters = take_characters(text);
    } else if (text.take_word("truncate")) {
        mask.kind = Kind::truncate;
        mask.characters = take_characters(text);
    } else {
        text.refuse(text.at(), "expected a mask", mask_hint);
    }
    return mask;
}

[[noreturn]] void refuse_hash(const char* detail, const char* hint) {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("columns cannot be masked by hash"),
                    errdetail("%s", detail), errhint("%s", hint)));
    pg_unreachable();
}

}  // namespace

ColumnMasks ColumnMasks::parse(std::string_view option, std::string_view text, MemoryContext context) {
    OptionText rest(option, text, OptionText::rule_symbols, context);
    GrowingArray<MaskRule> list(context);
    ColumnMasks masks;
    take_table_rules(rest, [&list, &masks](OptionText& body, const TablePattern& table) {
        do {
            const std::size_t start = body.at();
            if (list.size() == max_rules) {
                body.refuse(start, "too many columns", "Use wildcards, for example public.*: email = hash.");
            }
            MaskRule rule;
            rule.table = table;
            rule.column = body.take_name("the name of a column", mask_hint);
            body.expect_symbol("=", mask_hint);
            rule.mask = take_mask(body);
            masks.wants_hash_ = masks.wants_hash_ || rule.mask.kind == ColumnMask::Kind::hash;
            list.append(rule);
        } while (body.take_symbol(","));
    });
    masks.rules_ = list.items();
    return masks;
}

void ColumnMasks::prepare_hash(MemoryContext context) {
    if (!wants_hash_) {
        return;
    }
    if (!has_mask_key_setting()) {
        refuse_hash("The library glassflow is not preloaded, so that every user could read or choose the key.",
                    "Add glassflow to shared_preload_libraries, set glassflow.mask_key, and restart the server.");
    }
    if (mask_key().empty()) {
        refuse_hash("This server has no key for hashes.",
                    "Set glassflow.mask_key in postgresql.conf, and restart the server.");
    }
    if (mask_key().size() < min_mask_key_bytes) {
        refuse_hash(
            "The key of this server is too short.",
            psprintf("Give glassflow.mask_key at least %zu bytes, and restart the server.", min_mask_key_bytes));
    }
    hash_ = pg::make(context, PrintedHash(mask_key()));
}

const ColumnMask* ColumnMasks::find(std::string_view schema, std::string_view table, std::string_view column) const {
    const ColumnMask* found = nullptr;
    for (const MaskRule& rule : rules_) {
        if (!rule.column.matches(column) || !rule.table.matches(schema, table)) {
            continue;
        }
        if (found != nullptr && !(*found == rule.mask)) {
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("option \"masks\" has two masks for column \"%s\" of table \"%s.%s\"",
                                   pnstrdup(column.data(), column.size()), pnstrdup(schema.data(), schema.size()),
                                   pnstrdup(table.data(), table.size())),
                            errhint("All rules count that match a column: let them say the same, or name it once.")));
        }
        found = &rule.mask;
    }
    return found;
}

}  // namespace glassflow
