// Evaluation, per row. Recursion is as deep as the conditions are written: RowRules::max_depth.
#include "row_filter.h"

namespace glassflow {

namespace {

using State = FilterValue::State;

bool meets(Comparison comparison, int order) {
    switch (comparison) {
        case Comparison::equal:
            return order == 0;
        case Comparison::not_equal:
            return order != 0;
        case Comparison::less:
            return order < 0;
        case Comparison::less_or_equal:
            return order <= 0;
        case Comparison::greater:
            return order > 0;
        case Comparison::greater_or_equal:
            break;
    }
    return order >= 0;
}

bool is_among(OrderedType::Form form, const OrderedValue& value, std::span<const OrderedValue> constants) {
    std::size_t low = 0;
    std::size_t high = constants.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const int order = compare(form, value, constants[middle]);
        if (order == 0) {
            return true;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return false;
}

class Evaluation {
public:
    Evaluation(const RowFilter& filter, const FilterValue* values) : filter_(filter), values_(values) {}

    // NOLINTNEXTLINE(misc-no-recursion): RowRules::max_depth
    Truth of(const BoundCondition& condition) const {
        switch (condition.kind) {
            case Condition::Kind::all_of:
                return of_all(condition.parts);
            case Condition::Kind::any_of:
                return of_any(condition.parts);
            case Condition::Kind::negation: {
                const Truth truth = of(condition.parts[0]);
                return {static_cast<std::uint8_t>(Truth::yes - truth.highest),
                        static_cast<std::uint8_t>(Truth::yes - truth.lowest)};
            }
            default:
                return of_test(condition);
        }
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): RowRules::max_depth
    Truth of_all(std::span<const BoundCondition> parts) const {
        Truth all = truth_of(true);
        for (const BoundCondition& part : parts) {
            const Truth truth = of(part);
            all = both(all, truth);
            if (all.highest == Truth::no) {
                break;
            }
        }
        return all;
    }

    // NOLINTNEXTLINE(misc-no-recursion): RowRules::max_depth
    Truth of_any(std::span<const BoundCondition> parts) const {
        Truth any = truth_of(false);
        for (const BoundCondition& part : parts) {
            const Truth truth = of(part);
            any = {Max(any.lowest, truth.lowest), Max(any.highest, truth.highest)};
            if (any.lowest == Truth::yes) {
                break;
            }
        }
        return any;
    }

    Truth of_test(const BoundCondition& condition) const {
        if (!condition.is_known) {
            return truth_is_open;
        }
        const FilterValue& value = values_[condition.column];
        if (value.state == State::not_there) {
            return truth_is_open;
        }
        if (condition.kind == Condition::Kind::is_null) {
            return truth_of(value.state == State::null);
        }
        if (value.state == State::null) {
            return {Truth::null, Truth::null};
        }
        const OrderedType& type = filter_.columns[condition.column].type;
        const OrderedValue ordered = type.load(value.datum);
        if (condition.kind == Condition::Kind::membership) {
            return truth_of(is_among(type.form, ordered, condition.constants));
        }
        return truth_of(meets(condition.comparison, compare(type.form, ordered, condition.constants[0])));
    }

    const RowFilter& filter_;
    const FilterValue* values_;
};

void forget(std::span<const FilterColumn> columns, FilterValue* values) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        values[i].state = State::not_there;
    }
}

// What the WAL tells of the row before. When it has none of an update, the key is what it was, if it is logged at all.
void load_old(const RowFilter& filter, TupleDesc descriptor, HeapTuple old_tuple, HeapTuple new_tuple) {
    HeapTuple tuple = old_tuple != nullptr ? old_tuple : new_tuple;
    const bool is_whole = old_tuple != nullptr && filter.has_whole_old_rows;
    forget(filter.columns, filter.old_values);
    if (tuple == nullptr || (old_tuple == nullptr && filter.has_whole_old_rows)) {
        return;
    }
    visit_values(filter.layout, descriptor, tuple, [&filter, is_whole](std::int32_t column, Datum value, bool is_null) {
        const FilterColumn& plan = filter.columns[column];
        // A key column that is NULL was not logged: the index that it is of is gone or new.
        if (is_whole || (plan.is_logged && !is_null)) {
            filter.old_values[column] = {is_null ? State::null : State::value, value};
        }
        if (!is_null && plan.is_varlena && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value))) {
            filter.old_values[column].state = State::not_there;
        }
    });
}

// A value that the update left as it was is that of the old row, when the WAL has it there.
void load_new(const RowFilter& filter, TupleDesc descriptor, HeapTuple new_tuple) {
    forget(filter.columns, filter.new_values);
    visit_values(filter.layout, descriptor, new_tuple, [&filter](std::int32_t column, Datum value, bool is_null) {
        const bool is_unchanged =
            !is_null && filter.columns[column].is_varlena && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
        filter.new_values[column] =
            is_unchanged ? filter.old_values[column] : FilterValue{is_null ? State::null : State::value, value};
    });
}

}  // namespace

RowTruth judge_row(const RowFilter& filter, TupleDesc descriptor, RowFate change, HeapTuple old_tuple,
                   HeapTuple new_tuple) {
    RowTruth truth;
    if (change == RowFate::insert) {
        forget(filter.columns, filter.old_values);
    } else {
        load_old(filter, descriptor, old_tuple, new_tuple);
        truth.before = Evaluation(filter, filter.old_values).of(filter.condition);
    }
    if (change != RowFate::delete_) {
        load_new(filter, descriptor, new_tuple);
        truth.after = Evaluation(filter, filter.new_values).of(filter.condition);
    }
    return truth;
}

}  // namespace glassflow
