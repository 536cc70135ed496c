// The types, and how each reads its constants. No input function of the server is called: they end a wrong constant by
// an ERROR, which would stop the slot.
#include "ordered_value.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "iso_time.h"
#include "varlena_value.h"

namespace glassflow {

namespace {

OrderedValue integer_value(std::int64_t integer) {
    return {.integer = integer};
}

std::string_view without_trailing_blanks(std::string_view text) {
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

bool read_integer(std::string_view text, std::int64_t& integer) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return false;
        }
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    return error == std::errc() && end == text.data() + text.size();
}

template <typename Real>
bool read_real(std::string_view text, Real (*parse)(const char*, char**), double& real) {
    if (text.empty() || text.front() == ' ' || text.size() != strlen(text.data())) {
        return false;
    }
    char* end = nullptr;
    errno = 0;
    const Real value = parse(text.data(), &end);
    real = value;
    return end == text.data() + text.size() && errno == 0;
}

// -1 when it is none. std::from_chars would bring a table of its own into what the module exports.
int hexadecimal_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// 32 digits, or in groups of 8-4-4-4-12.
bool read_uuid(std::string_view text, MemoryContext context, std::string_view& bytes) {
    char digits[2 * UUID_LEN];
    std::size_t count = 0;
    const bool has_hyphens = text.size() == 36;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (has_hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-') {
                return false;
            }
            continue;
        }
        if (count == sizeof(digits) || hexadecimal_digit(text[i]) < 0) {
            return false;
        }
        digits[count++] = text[i];
    }
    if (count != sizeof(digits)) {
        return false;
    }
    auto* uuid = static_cast<char*>(MemoryContextAlloc(context, UUID_LEN));
    for (std::size_t i = 0; i < UUID_LEN; ++i) {
        uuid[i] = static_cast<char>(16 * hexadecimal_digit(digits[2 * i]) + hexadecimal_digit(digits[2 * i + 1]));
    }
    bytes = {uuid, UUID_LEN};
    return true;
}

// What numeric_in takes without an ERROR: its bounds are on the digits before the point and after it.
bool is_numeric(std::string_view text) {
    constexpr std::size_t max_digits = 1000;
    constexpr int max_exponent = 1000;
    std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    std::size_t digit_count = 0;
    bool has_point = false;
    for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || (text[at] == '.' && !has_point)); ++at) {
        has_point = has_point || text[at] == '.';
        digit_count += text[at] == '.' ? 0 : 1;
    }
    if (digit_count == 0 || digit_count > max_digits) {
        return false;
    }
    if (at == text.size()) {
        return true;
    }
    if (text[at] != 'e' && text[at] != 'E') {
        return false;
    }
    std::int64_t exponent = 0;
    text.remove_prefix(at + 1);
    return read_integer(text, exponent) && std::abs(exponent) <= max_exponent;
}

bool read_numeric_constant(std::string_view text, MemoryContext context, Datum& numeric) {
    if (!is_numeric(text) && pg_strcasecmp(text.data(), "nan") != 0) {
        return false;
    }
    pg::MemoryContextScope scope(context);
    numeric =
        DirectFunctionCall3(numeric_in, CStringGetDatum(text.data()), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    scope.leave();
    return true;
}

bool read_label(Oid type, std::string_view text, std::int64_t& integer) {
    if (text.size() >= NAMEDATALEN) {
        return false;
    }
    const Oid label =
        GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type), CStringGetDatum(text.data()));
    integer = label;
    return OidIsValid(label);
}

template <typename Number>
int three_way(Number left, Number right) {
    return left < right ? -1 : (left > right ? 1 : 0);
}

int compare_reals(double left, double right) {
    if (std::isnan(left) || std::isnan(right)) {
        return three_way(std::isnan(left) ? 1 : 0, std::isnan(right) ? 1 : 0);
    }
    return three_way(left, right);
}

}  // namespace

std::optional<OrderedType> ordered_type(Oid type, Oid collation) {
    using Form = OrderedType::Form;
    const Oid base = getBaseType(type);
    switch (base) {
        case INT2OID:
            return OrderedType{
                Form::integer, true, base, false, [](Datum value) { return integer_value(DatumGetInt16(value)); },
                "an integer"};
        case INT4OID:
            return OrderedType{
                Form::integer, true, base, false, [](Datum value) { return integer_value(DatumGetInt32(value)); },
                "an integer"};
        case INT8OID:
            return OrderedType{
                Form::integer, true, base, false, [](Datum value) { return integer_value(DatumGetInt64(value)); },
                "an integer"};
        case OIDOID:
            return OrderedType{
                Form::integer, true, base, false, [](Datum value) { return integer_value(DatumGetObjectId(value)); },
                "an integer"};
        case BOOLOID:
            return OrderedType{Form::integer,
                               true,
                               base,
                               false,
                               [](Datum value) { return integer_value(DatumGetBool(value) ? 1 : 0); },
                               "true or false"};
        case DATEOID:
            return OrderedType{Form::integer,
                               true,
                               base,
                               false,
                               [](Datum value) { return integer_value(DatumGetDateADT(value)); },
                               "a date as '2024-01-31'"};
        case TIMESTAMPOID:
            return OrderedType{Form::integer,
                               true,
                               base,
                               false,
                               [](Datum value) { return integer_value(DatumGetTimestamp(value)); },
                               "a time as '2024-01-31 23:59:59'"};
        case TIMESTAMPTZOID:
            return OrderedType{Form::integer,
                               true,
                               base,
                               false,
                               [](Datum value) { return integer_value(DatumGetTimestampTz(value)); },
                               "a time as '2024-01-31 23:59:59+00'"};
        case FLOAT4OID:
            return OrderedType{
                Form::real, true, base, false, [](Datum value) { return OrderedValue{.real = DatumGetFloat4(value)}; },
                "a number"};
        case FLOAT8OID:
            return OrderedType{
                Form::real, true, base, false, [](Datum value) { return OrderedValue{.real = DatumGetFloat8(value)}; },
                "a number"};
        case NUMERICOID:
            return OrderedType{
                Form::numeric, true, base, false, [](Datum value) { return OrderedValue{.numeric = value}; },
                "a number"};
        case UUIDOID:
            return OrderedType{Form::bytes,
                               true,
                               base,
                               false,
                               [](Datum value) {
                                   return OrderedValue{.bytes = {DatumGetPointer(value), UUID_LEN}}; },
                               "a uuid"};
        case TEXTOID:
        case VARCHAROID:
        case BPCHAROID:
            if (OidIsValid(collation) && !get_collation_isdeterministic(collation)) {
                return std::nullopt;
            }
            return OrderedType{
                Form::bytes,
                false,
                base,
                false,
                base == BPCHAROID
                    ? [](Datum value) { return OrderedValue{.bytes = without_trailing_blanks(varlena_bytes(value))}; }
                    : [](Datum value) { return OrderedValue{.bytes = varlena_bytes(value)}; },
                "a text"};
        default:
            if (!type_is_enum(base)) {
                return std::nullopt;
            }
            return OrderedType{Form::integer,
                               false,
                               base,
                               true,
                               [](Datum value) { return integer_value(DatumGetObjectId(value)); },
                               "a label of its type"};
    }
}

bool read_constant(const OrderedType& type, std::string_view text, MemoryContext context, OrderedValue& value) {
    if (type.is_enum) {
        return read_label(type.base_type, text, value.integer);
    }
    switch (type.base_type) {
        case BOOLOID: {
            bool is_true = false;
            const bool is_valid = parse_bool_with_len(text.data(), text.size(), &is_true);
            value.integer = is_true ? 1 : 0;
            return is_valid;
        }
        case DATEOID:
            return read_iso_date(text, value.integer);
        case TIMESTAMPOID:
            return read_iso_timestamp(text, ZoneRule::refused, value.integer);
        case TIMESTAMPTZOID:
            return read_iso_timestamp(text, ZoneRule::allowed, value.integer);
        case FLOAT4OID:
            return read_real(text, strtof, value.real);
        case FLOAT8OID:
            return read_real(text, strtod, value.real);
        case NUMERICOID:
            return read_numeric_constant(text, context, value.numeric);
        case UUIDOID:
            return read_uuid(text, context, value.bytes);
        case BPCHAROID:
            value.bytes = without_trailing_blanks(text);
            return true;
        case TEXTOID:
        case VARCHAROID:
            value.bytes = text;
            return true;
        default:
            return read_integer(text, value.integer);
    }
}

int compare(OrderedType::Form form, const OrderedValue& left, const OrderedValue& right) {
    switch (form) {
        case OrderedType::Form::integer:
            return three_way(left.integer, right.integer);
        case OrderedType::Form::real:
            return compare_reals(left.real, right.real);
        case OrderedType::Form::bytes:
            return left.bytes.compare(right.bytes);
        case OrderedType::Form::numeric:
            break;
    }
    return DatumGetInt32(DirectFunctionCall2(numeric_cmp, left.numeric, right.numeric));
}

}  // namespace glassflow
