// Whether a row meets what is asked of it, before a change and after it, and what that makes of the change.
//
// Not everything that is asked about is in the WAL, so a truth is between two of no, NULL and yes.
#pragma once

#include "pg_headers.h"

#include <cstdint>

namespace glassflow {

// What is to be sent of a change.
enum class RowFate : std::uint8_t { none, insert, update, delete_ };

struct Truth {
    static constexpr std::uint8_t no = 0;
    static constexpr std::uint8_t null = 1;
    static constexpr std::uint8_t yes = 2;

    std::uint8_t lowest;
    std::uint8_t highest;

    constexpr bool holds() const { return lowest == yes; }
    constexpr bool may_hold() const { return highest == yes; }
};

constexpr Truth truth_is_open{Truth::no, Truth::yes};

constexpr Truth truth_of(bool holds) {
    const std::uint8_t truth = holds ? Truth::yes : Truth::no;
    return {truth, truth};
}

constexpr Truth both(Truth left, Truth right) {
    return {Min(left.lowest, right.lowest), Min(left.highest, right.highest)};
}

// One of an insert or delete counts alone.
struct RowTruth {
    Truth before = truth_of(true);
    Truth after = truth_of(true);
};

// A receiver that has the row has it no more, one that lacks it gets it whole; whatever is open goes as it came.
constexpr RowFate fate_of(RowFate change, RowTruth truth) {
    if (change != RowFate::update) {
        const Truth one = change == RowFate::insert ? truth.after : truth.before;
        return one.may_hold() ? change : RowFate::none;
    }
    if (!truth.after.may_hold()) {
        return truth.before.may_hold() ? RowFate::delete_ : RowFate::none;
    }
    return !truth.before.may_hold() && truth.after.holds() ? RowFate::insert : RowFate::update;
}

}  // namespace glassflow
