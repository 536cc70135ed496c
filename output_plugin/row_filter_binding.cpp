// Conditions as they are written -> as they are asked of one table: columns by position, constants by the column's
// type.
//
// What cannot be asked of the table (a column that is not there, a constant that is none of its type) is told once and
// stays open: rows that the rest does not rule out are sent.
#include <algorithm>

#include "growing_array.h"
#include "row_filter.h"

namespace glassflow {

namespace {

class Binding {
public:
    Binding(const FilterTarget& target, MemoryContext context, CatalogWatch& watch)
        : target_(target), context_(context), watch_(watch), columns_(context) {}

    // NOLINTNEXTLINE(misc-no-recursion): RowRules::max_depth
    BoundCondition bind(const Condition& condition) {
        BoundCondition bound;
        bound.kind = condition.kind;
        bound.comparison = condition.comparison;
        switch (condition.kind) {
            case Condition::Kind::all_of:
            case Condition::Kind::any_of:
            case Condition::Kind::negation:
                bound.parts = bind_parts(condition.parts);
                break;
            default:
                bound.is_known = bind_test(condition, bound);
        }
        return bound;
    }

    std::span<const FilterColumn> columns() const { return columns_.items(); }

private:
    // NOLINTNEXTLINE(misc-no-recursion): RowRules::max_depth
    std::span<const BoundCondition> bind_parts(std::span<const Condition> parts) {
        GrowingArray<BoundCondition> bound(context_);
        for (const Condition& part : parts) {
            bound.append(bind(part));
        }
        return bound.items();
    }

    bool bind_test(const Condition& condition, BoundCondition& bound) {
        const int attribute = find_attribute(condition.column);
        if (attribute < 0) {
            warn(condition, condition.at, "which the table does not have", "Correct the name of the column.");
            return false;
        }
        const bool is_null_test = condition.kind == Condition::Kind::is_null;
        const FormData_pg_attribute* form = TupleDescAttr(target_.descriptor, attribute);
        watch_.note_type(form->atttypid);
        std::optional<OrderedType> type = ordered_type(form->atttypid, form->attcollation);
        if (!type && !is_null_test) {
            warn(condition, condition.at, "whose type has no order that a condition can use",
                 "Ask for IS NULL or IS NOT NULL only, or leave the column out.");
            return false;
        }
        bound.column = column_of(attribute, form, type ? *type : OrderedType{});
        return is_null_test || bind_constants(condition, bound, *type);
    }

    bool bind_constants(const Condition& condition, BoundCondition& bound, const OrderedType& type) {
        if (!type.has_order && condition.kind == Condition::Kind::comparison &&
            condition.comparison != Comparison::equal && condition.comparison != Comparison::not_equal) {
            warn(condition, condition.at, "whose type is compared by = and <> only", "Write =, <> or IN.");
            return false;
        }
        GrowingArray<OrderedValue> constants(context_);
        for (const Constant& constant : condition.constants) {
            OrderedValue value;
            if (!read_constant(type, constant.text, context_, value)) {
                warn(condition, constant.at, psprintf("but the constant is not %s", type.name),
                     "Correct the constant. Until then the condition rules no row out.");
                return false;
            }
            constants.append(value);
        }
        const std::span<OrderedValue> values = constants.items();
        const OrderedType::Form form = type.form;
        std::sort(values.begin(), values.end(), [form](const OrderedValue& left, const OrderedValue& right) {
            return compare(form, left, right) < 0;
        });
        bound.constants = values;
        return true;
    }

    // Of a virtual generated column no row holds a value.
    int find_attribute(std::string_view name) const {
        for (int i = 0; i < target_.descriptor->natts; ++i) {
            const FormData_pg_attribute* attribute = TupleDescAttr(target_.descriptor, i);
            const bool is_stored = attribute->attgenerated == '\0' || attribute->attgenerated == 's';
            if (!attribute->attisdropped && is_stored && name == NameStr(attribute->attname)) {
                return i;
            }
        }
        return -1;
    }

    std::uint32_t column_of(int attribute, const FormData_pg_attribute* form, const OrderedType& type) {
        const std::span<const FilterColumn> columns = columns_.items();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].attribute == attribute) {
                return static_cast<std::uint32_t>(i);
            }
        }
        const bool is_logged = std::ranges::find(target_.logged_key, form->attnum) != target_.logged_key.end();
        columns_.append({attribute, is_logged, form->attlen == -1, type});
        return static_cast<std::uint32_t>(columns.size());
    }

    void warn(const Condition& condition, std::size_t at, const char* what, const char* hint) const {
        if (target_.warns) {
            ereport(WARNING,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                     errmsg("option \"rows\" names column \"%s\" of table \"%s.%s\", %s", condition.column.data(),
                            target_.schema, target_.table, what),
                     errdetail("At byte %zu: rows that the rest of the condition does not rule out are sent.", at + 1),
                     errhint("%s", hint)));
        }
    }

    const FilterTarget& target_;
    MemoryContext context_;
    CatalogWatch& watch_;
    GrowingArray<FilterColumn> columns_;
};
static_assert(std::is_trivially_destructible_v<Binding>);

TupleLayout layout_of(std::span<const FilterColumn> columns, TupleDesc descriptor, MemoryContext context) {
    const TupleLayout layout = plan_layout(descriptor, context);
    std::size_t count = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        layout[columns[i].attribute].column = static_cast<std::int32_t>(i);
        count = Max(count, static_cast<std::size_t>(columns[i].attribute) + 1);
    }
    return layout.first(count);
}

FilterValue* value_room(std::size_t count, MemoryContext context) {
    return static_cast<FilterValue*>(MemoryContextAllocZero(context, Max(std::size_t{1}, count) * sizeof(FilterValue)));
}

}  // namespace

RowFilter* bind_row_filter(const RowRules& rules, const FilterTarget& target, MemoryContext context,
                           CatalogWatch& watch) {
    GrowingArray<BoundCondition> conditions(context);
    Binding binding(target, context, watch);
    for (const RowRule& rule : rules.rules()) {
        if (rule.table.matches(target.schema, target.table)) {
            conditions.append(binding.bind(rule.condition));
        }
    }
    if (conditions.size() == 0) {
        return nullptr;
    }
    RowFilter filter{};
    filter.condition.kind = Condition::Kind::all_of;
    filter.condition.parts = conditions.items();
    filter.columns = binding.columns();
    filter.layout = layout_of(filter.columns, target.descriptor, context);
    filter.old_values = value_room(filter.columns.size(), context);
    filter.new_values = value_room(filter.columns.size(), context);
    filter.has_whole_old_rows = target.has_whole_old_rows;
    return pg::make(context, filter);
}

}  // namespace glassflow
