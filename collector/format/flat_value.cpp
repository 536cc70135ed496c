#include "format/flat_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "format/date_time.h"
#include "format/float_text.h"
#include "format/integer_text.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;
using event::Value;

constexpr std::int64_t us_per_day = 86'400'000'000;
// 1900-01-01 and 2299-12-31, in days since 2000-01-01.
constexpr std::int64_t first_day = -36'524;
constexpr std::int64_t last_day = 109'572;
// 2261-12-31: GlassFlow's driver counts the nanoseconds of a moment in 64 bits, which end in April 2262.
constexpr std::int64_t last_day_of_moments = 95'693;

// The nearest day that a Date32 holds. Of an infinite value the kind tells the side.
std::int64_t clamped(const Value& value, std::int64_t first, std::int64_t last) {
    if (value.kind == Value::Kind::infinity)
        return last;
    if (value.kind == Value::Kind::negative_infinity)
        return first;
    return std::clamp(value.integer, first, last);
}

// 0 for NaN, which has no neighbour.
template <typename Float>
Float finite(double value) {
    constexpr double largest = std::numeric_limits<Float>::max();
    return std::isnan(value) ? Float{0} : static_cast<Float>(std::clamp(value, -largest, largest));
}

bool is_moment(const Value& value) {
    return value.kind == Value::Kind::integer || value.kind == Value::Kind::infinity ||
           value.kind == Value::Kind::negative_infinity;
}

// Its JSON may be an object, see marker.h.
bool may_be_marker(const Value& value, const Column& column) {
    return value.kind == Value::Kind::too_large || value.kind == Value::Kind::parts ||
           (value.kind == Value::Kind::bytes && column.encoding != Encoding::bytes);
}

}  // namespace

void FlatValueWriter::write(JsonWriter& writer, const Value& value, const Column& column) {
    if (value.is_null())
        return write_sentinel(writer, column);
    text_.clear();
    switch (column.encoding) {
        case Encoding::integer:
            if (value.kind != Value::Kind::integer)
                break;
            return writer.integer(value.integer);
        case Encoding::float4:
        case Encoding::float8:
            if (value.kind != Value::Kind::real)
                break;
            if (column.encoding == Encoding::float4)
                append_finite_float4(value.real);
            else
                append_float8(text_, finite<double>(value.real));
            return writer.number(text_);
        case Encoding::date:
            if (!is_moment(value))
                break;
            append_date(text_, clamped(value, first_day, last_day));
            return writer.string(text_);
        case Encoding::timestamp:
        case Encoding::timestamptz: {
            if (!is_moment(value))
                break;
            const std::int64_t moment =
                clamped(value, first_day * us_per_day, (last_day_of_moments + 1) * us_per_day - 1);
            column.encoding == Encoding::timestamp ? append_rfc3339_timestamp(text_, moment)
                                                   : append_rfc3339_timestamptz(text_, moment);
            return writer.string(text_);
        }
        default:
            break;
    }
    may_be_marker(value, column) ? write_unmarked(writer, value, column) : values_.write(writer, value, column);
}

// The shortest text of the largest is a little more as a double, which GlassFlow refuses in a Float32; a digit less is
// the same float.
void FlatValueWriter::append_finite_float4(double value) {
    append_float4(text_, finite<float>(value));
    if (text_.ends_with("3.4028235e+38"))
        text_.replace(text_.size() - 13, 13, "3.4028234e+38");
}

// A marker object as the string with its text.
void FlatValueWriter::write_unmarked(JsonWriter& writer, const Value& value, const Column& column) {
    value_writer_.clear();
    values_.write(value_writer_, value, column);
    const std::string_view json = value_writer_.take();
    if (!json.starts_with('{'))
        return writer.json(json);
    const bool is_array = arrays_ == ArrayStyle::native && column.encoding == Encoding::array;
    if (is_array)
        writer.begin_array();
    writer.string(json);
    if (is_array)
        writer.end_array();
}

void FlatValueWriter::write_sentinel(JsonWriter& writer, const Column& column) {
    switch (column.encoding) {
        case Encoding::boolean:
            return writer.boolean(false);
        case Encoding::integer:
        case Encoding::float4:
        case Encoding::float8:
            return writer.unsigned_integer(0);
        case Encoding::date:
            return writer.string("1970-01-01");
        case Encoding::timestamp:
            return writer.string("1970-01-01T00:00:00");
        case Encoding::timestamptz:
            return writer.string("1970-01-01T00:00:00Z");
        case Encoding::uuid:
            return writer.string("00000000-0000-0000-0000-000000000000");
        case Encoding::array:
            if (arrays_ == ArrayStyle::text)
                return writer.string("[]");
            writer.begin_array();
            return writer.end_array();
        default:
            return writer.string("");
    }
}

}  // namespace glassflow::format
