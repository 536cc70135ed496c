// Each value is appended as it is and then, where the rule of its surroundings wants it, quoted in place: nothing is
// allocated but the text itself. The nesting is that of the column's type, which the decoder has bounded.
#include "format/nested_text.h"

#include <algorithm>
#include <cstdint>

#include "event/range_flags.h"
#include "format/integer_text.h"
#include "format/quoting.h"
#include "format/value_text.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;
using event::Value;

constexpr std::uint32_t box_oid = 603;  // the one built-in type whose arrays are separated by semicolons

class NestedWriter {
public:
    NestedWriter(std::string& out, std::size_t max_bytes) : out_(out), start_(out.size()), max_bytes_(max_bytes) {}

    // false: too large
    bool add(const Value& value, const Column& type);

private:
    bool add_array(const Value& array, const Column& element_type);
    bool add_composite(const Value& composite, const Column& type);
    bool add_range(const Value& range, const Column& bound_type);
    bool add_multirange(const Value& multirange, const Column& bound_type);
    bool add_quoted(const Value& value, const Column& type, Quoting quoting);

    std::string& out_;
    std::size_t start_;
    std::size_t max_bytes_;
};

// The lower bounds of an array's dimensions when one of them is not 1: "[0:2][1:3]=".
void append_bounds(std::string& out, std::span<const Value> shape) {
    bool is_needed = false;
    for (std::size_t i = 1; i < shape.size(); i += 2)
        is_needed |= shape[i].integer != 1;
    if (!is_needed)
        return;
    for (std::size_t i = 0; i < shape.size(); i += 2) {
        const std::int64_t lower = shape[i + 1].integer;
        out += '[';
        append_integer(out, lower);
        out += ':';
        append_integer(out, lower + shape[i].integer - 1);
        out += ']';
    }
    out += '=';
}

// How many dimensions begin, and so also end, a run of elements at this position. One without a shape has one
// dimension, which is the whole.
std::size_t runs_at(std::size_t position, std::size_t count, std::span<const Value> shape) {
    if (shape.empty())
        return position % count == 0 ? 1 : 0;
    std::size_t runs = 0;
    std::size_t length = 1;
    for (std::size_t i = shape.size(); i > 0; i -= 2) {
        length *= static_cast<std::size_t>(shape[i - 2].integer);
        if (position % length != 0)
            break;  // nor is it a multiple of a longer one
        ++runs;
    }
    return runs;
}

bool NestedWriter::add(const Value& value, const Column& type) {
    if (value.kind == Value::Kind::parts) {
        switch (type.encoding) {
            case Encoding::array:
                return add_array(value, type.parts.front());
            case Encoding::composite:
                return add_composite(value, type);
            case Encoding::range:
                return add_range(value, type.parts.front());
            case Encoding::multirange:
                return add_multirange(value, type.parts.front());
            default:
                break;
        }
    }
    append_postgres_text(out_, value, type);
    return out_.size() - start_ <= max_bytes_;
}

bool NestedWriter::add_quoted(const Value& value, const Column& type, Quoting quoting) {
    const std::size_t start = out_.size();
    if (!add(value, type))
        return false;
    quote_tail(out_, start, quoting);
    return out_.size() - start_ <= max_bytes_;
}

bool NestedWriter::add_array(const Value& array, const Column& element_type) {
    const bool is_of_boxes = element_type.type_oid == box_oid;
    const std::span<const Value> elements = array.parts().subspan(1);
    const Value& shape_value = array.parts().front();
    const auto shape = shape_value.is_null() ? std::span<const Value>() : shape_value.parts();
    if (elements.empty()) {
        out_ += "{}";
        return true;
    }
    append_bounds(out_, shape);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (i > 0)
            out_ += is_of_boxes ? ';' : ',';
        out_.append(runs_at(i, elements.size(), shape), '{');
        if (elements[i].is_null())
            out_ += "NULL";
        else if (!add_quoted(elements[i], element_type, is_of_boxes ? Quoting::semicolon_array : Quoting::array))
            return false;
        out_.append(runs_at(i + 1, elements.size(), shape), '}');
    }
    return true;
}

bool NestedWriter::add_composite(const Value& composite, const Column& type) {
    const auto fields = composite.parts();
    out_ += '(';
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0)
            out_ += ',';
        if (!fields[i].is_null() && !add_quoted(fields[i], type.parts[i], Quoting::composite))
            return false;
    }
    out_ += ')';
    return true;
}

bool NestedWriter::add_range(const Value& range, const Column& bound_type) {
    const std::int64_t flags = range.parts().front().integer;
    if ((flags & event::range_empty) != 0) {
        out_ += "empty";
        return true;
    }
    const Value* bound = range.parts().data() + 1;
    out_ += (flags & event::range_lower_inclusive) != 0 ? '[' : '(';
    if ((flags & event::range_lower_infinite) == 0 && !add_quoted(*bound++, bound_type, Quoting::range))
        return false;
    out_ += ',';
    if ((flags & event::range_upper_infinite) == 0 && !add_quoted(*bound, bound_type, Quoting::range))
        return false;
    out_ += (flags & event::range_upper_inclusive) != 0 ? ']' : ')';
    return true;
}

bool NestedWriter::add_multirange(const Value& multirange, const Column& bound_type) {
    const auto ranges = multirange.parts();
    out_ += '{';
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i > 0)
            out_ += ',';
        if (!add_range(ranges[i], bound_type))
            return false;
    }
    out_ += '}';
    return true;
}

}  // namespace

bool append_nested_text(std::string& out, const Value& value, const Column& column, std::size_t max_bytes) {
    return NestedWriter(out, max_bytes).add(value, column);
}

}  // namespace glassflow::format
