// Values of a type with a native order, in a form that is compared without asking the server: those of rows, and the
// constants that they are compared with.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace glassflow {

// Which member counts is said by its type.
struct OrderedValue {
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes = {};
    Datum numeric = 0;
};

struct OrderedType {
    enum class Form : std::uint8_t { integer, real, bytes, numeric };

    Form form;
    bool has_order;  // else two values are the same or are not, and that is all
    Oid base_type;   // of a domain: what it is over
    bool is_enum;
    OrderedValue (*load)(Datum);
    const char* name;  // of what its constants are, for a person
};

// nullopt when there is no such order, or it is a matter of a collation that does not compare byte by byte. Reads the
// catalog.
std::optional<OrderedType> ordered_type(Oid type, Oid collation);

// As the type reads it, in the one form that depends on no setting: times in ISO 8601, in UTC when they name no zone.
// false when it is no value of the type. text ends with a zero byte; the value refers to it or to context.
bool read_constant(const OrderedType& type, std::string_view text, MemoryContext context, OrderedValue& value);

// Below 0, 0, above 0, as the server orders them: NaN is above all numbers.
int compare(OrderedType::Form form, const OrderedValue& left, const OrderedValue& right);

}  // namespace glassflow
