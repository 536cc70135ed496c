// Each part is printed by its own type first, then quoted as the type around it quotes.
#include "nested_text.h"

#include "document_text.h"
#include "escaped_text.h"
#include "scalar_text.h"

namespace glassflow {

namespace {

using Kind = WireValue::Kind;

// Bytes that are not UTF-8 in hex, as bytea is: the whole text stays UTF-8.
void append_text(StringInfo text, std::string_view bytes) {
    if (is_utf8(bytes)) {
        appendBinaryStringInfo(text, bytes.data(), static_cast<int>(bytes.size()));
    } else {
        appendStringInfoString(text, "\\x");
        append_hex(text, bytes);
    }
}

// False: the part is NULL.
bool read_part(StringInfo text, FrameReader& frame, const ValueType& type) {
    CHECK_FOR_INTERRUPTS();
    resetStringInfo(text);
    const WireValue value = frame.read();
    if (value.kind == Kind::nil) {
        return false;
    }
    if (value.kind == Kind::extension) {
        if (static_cast<wire::Extension>(value.extension_type) == wire::Extension::unchanged_toast) {
            frame.refuse("value within a value is unchanged");
        }
        append_extension(text, frame, value, type.encoding);
    } else if (is_text_instead(value, type.encoding)) {
        append_text(text, value.bytes);
    } else if (type.encoding == wire::Encoding::json && (value.kind == Kind::map || value.kind == Kind::array)) {
        append_document(text, frame, value);
    } else if (type.encoding >= wire::Encoding::array) {
        append_nested(text, frame, value, type);
    } else if (type.encoding == wire::Encoding::text && (value.kind == Kind::str || value.kind == Kind::bin)) {
        append_text(text, value.bytes);
    } else {
        append_scalar(text, frame, value, type.encoding, type.scale);
    }
    return true;
}

std::string_view view(const StringInfoData& text) {
    return {text.data, static_cast<std::size_t>(text.len)};
}

// How an array, or a composite or range, sets a part off when it is not plain.
struct Quoting {
    std::string_view special;  // with one of these the part is quoted
    bool doubles_quotes;       // "" rather than \"
    bool keeps_null;           // a part that reads NULL is quoted
};
constexpr Quoting quoting_of_array = {"{}\"\\ \t\n\r\v\f", false, true};
constexpr Quoting quoting_of_composite = {"(),\"\\ \t\n\r\v\f", true, false};
constexpr Quoting quoting_of_range = {"()[],\"\\ \t\n\r\v\f", true, false};

void append_part(StringInfo text, std::string_view part, const Quoting& quoting, char delimiter) {
    const bool is_null_word = quoting.keeps_null && part.size() == 4 && pg_strncasecmp(part.data(), "NULL", 4) == 0;
    if (!part.empty() && !is_null_word && part.find_first_of(quoting.special) == std::string_view::npos &&
        part.find(delimiter) == std::string_view::npos) {
        appendBinaryStringInfo(text, part.data(), static_cast<int>(part.size()));
        return;
    }
    appendStringInfoChar(text, '"');
    for (const char c : part) {
        if (c == '"' || c == '\\') {
            appendStringInfoCharMacro(text, quoting.doubles_quotes ? c : '\\');
        }
        appendStringInfoCharMacro(text, c);
    }
    appendStringInfoChar(text, '"');
}

struct Dimensions {
    std::uint32_t count = 0;
    std::int64_t lower_bounds[MAXDIM] = {};
    std::int64_t lengths[MAXDIM] = {};
    bool is_plain = true;  // lower bounds are 1 and need no words

    bool ends_at(std::uint32_t dimension, std::int64_t element) const {
        std::int64_t stride = 1;
        for (std::uint32_t i = dimension; i < count; ++i) {
            stride *= lengths[i];
        }
        return element % stride == 0;
    }
};

Dimensions read_shape(FrameReader& frame, std::uint32_t element_count) {
    const WireValue shape = frame.read();
    Dimensions dimensions;
    if (shape.kind == Kind::nil) {
        dimensions.count = element_count > 0 ? 1 : 0;
        dimensions.lower_bounds[0] = 1;
        dimensions.lengths[0] = element_count;
        return dimensions;
    }
    if (shape.kind != Kind::array || shape.element_count % 2 != 0 || shape.element_count == 0 ||
        shape.element_count > 2 * MAXDIM) {
        frame.refuse("shape of an array is neither nil nor a length and a lower bound of each dimension");
    }
    std::int64_t left = element_count;
    for (; dimensions.count < shape.element_count / 2; ++dimensions.count) {
        const std::int64_t length = frame.read_signed("length of a dimension");
        if (length <= 0 || left % length != 0) {
            frame.refuse("lengths of dimensions are not those of the elements");
        }
        left /= length;
        const std::int64_t lower_bound = frame.read_signed("lower bound");
        if (lower_bound < PG_INT32_MIN || lower_bound > PG_INT32_MAX) {
            frame.refuse("lower bound does not fit 32 bits");
        }
        dimensions.lengths[dimensions.count] = length;
        dimensions.lower_bounds[dimensions.count] = lower_bound;
        dimensions.is_plain = dimensions.is_plain && lower_bound == 1;
    }
    if (left != 1) {
        frame.refuse("lengths of dimensions are not those of the elements");
    }
    return dimensions;
}

void append_array(StringInfo text, FrameReader& frame, std::uint32_t size, const ValueType& element_type) {
    if (size == 0) {
        frame.refuse("array has no shape");
    }
    const std::uint32_t element_count = size - 1;
    const Dimensions dimensions = read_shape(frame, element_count);
    for (std::uint32_t i = 0; i < dimensions.count && !dimensions.is_plain; ++i) {
        const std::int64_t lower_bound = dimensions.lower_bounds[i];
        appendStringInfo(text, "[%lld:%lld]%s", static_cast<long long>(lower_bound),
                         static_cast<long long>(lower_bound + dimensions.lengths[i] - 1),
                         i + 1 == dimensions.count ? "=" : "");
    }
    const char delimiter = element_type.oid == BOXOID ? ';' : ',';  // of all built-in types, box alone has its own
    StringInfoData part;
    initStringInfo(&part);
    for (std::int64_t i = 0; i < element_count; ++i) {
        if (i > 0) {
            appendStringInfoChar(text, delimiter);
        }
        for (std::uint32_t dimension = 0; dimension < dimensions.count; ++dimension) {
            if (dimensions.ends_at(dimension, i)) {
                appendStringInfoChar(text, '{');
            }
        }
        if (read_part(&part, frame, element_type)) {
            append_part(text, view(part), quoting_of_array, delimiter);
        } else {
            appendStringInfoString(text, "NULL");
        }
        for (std::uint32_t dimension = 0; dimension < dimensions.count; ++dimension) {
            if (dimensions.ends_at(dimension, i + 1)) {
                appendStringInfoChar(text, '}');
            }
        }
    }
    appendStringInfoString(text, element_count == 0 ? "{}" : "");
    pfree(part.data);
}

void append_composite(StringInfo text, FrameReader& frame, std::uint32_t size, const ValueType& type) {
    if (size != type.part_count) {
        frame.refuse(psprintf("composite has %u values, its type %u fields", size, type.part_count));
    }
    StringInfoData part;
    initStringInfo(&part);
    appendStringInfoChar(text, '(');
    for (std::uint32_t i = 0; i < size; ++i) {
        appendStringInfoString(text, i == 0 ? "" : ",");
        if (read_part(&part, frame, type.parts[i])) {
            append_part(text, view(part), quoting_of_composite, ',');
        }
    }
    appendStringInfoChar(text, ')');
    pfree(part.data);
}

void append_bound(StringInfo text, FrameReader& frame, const ValueType& bound_type) {
    StringInfoData part;
    initStringInfo(&part);
    if (!read_part(&part, frame, bound_type)) {
        frame.refuse("bound of a range is NULL");
    }
    append_part(text, view(part), quoting_of_range, ',');
    pfree(part.data);
}

void append_range(StringInfo text, FrameReader& frame, std::uint32_t size, const ValueType& bound_type) {
    if (size == 0) {
        frame.refuse("range has no flags");
    }
    const std::uint64_t flags = frame.read_unsigned("range flags");
    const bool is_empty = (flags & wire::range_empty) != 0;
    const bool has_lower = !is_empty && (flags & wire::range_lower_infinite) == 0;
    const bool has_upper = !is_empty && (flags & wire::range_upper_infinite) == 0;
    if (size != 1U + has_lower + has_upper) {
        frame.refuse("range has other bounds than its flags say");
    }
    if (is_empty) {
        appendStringInfoString(text, "empty");
        return;
    }
    appendStringInfoChar(text, (flags & wire::range_lower_inclusive) != 0 ? '[' : '(');
    if (has_lower) {
        append_bound(text, frame, bound_type);
    }
    appendStringInfoChar(text, ',');
    if (has_upper) {
        append_bound(text, frame, bound_type);
    }
    appendStringInfoChar(text, (flags & wire::range_upper_inclusive) != 0 ? ']' : ')');
}

void append_multirange(StringInfo text, FrameReader& frame, std::uint32_t size, const ValueType& bound_type) {
    appendStringInfoChar(text, '{');
    for (std::uint32_t i = 0; i < size; ++i) {
        appendStringInfoString(text, i == 0 ? "" : ",");
        append_range(text, frame, frame.read_array("range of a multirange"), bound_type);
    }
    appendStringInfoChar(text, '}');
}

}  // namespace

void append_nested(StringInfo text, FrameReader& frame, const WireValue& value, const ValueType& type) {
    if (value.kind != Kind::array) {
        refuse_value(frame, type.encoding);
    }
    switch (type.encoding) {
        case wire::Encoding::array:
            append_array(text, frame, value.element_count, type.parts[0]);
            break;
        case wire::Encoding::composite:
            append_composite(text, frame, value.element_count, type);
            break;
        case wire::Encoding::range:
            append_range(text, frame, value.element_count, type.parts[0]);
            break;
        case wire::Encoding::multirange:
            append_multirange(text, frame, value.element_count, type.parts[0]);
            break;
        default:
            refuse_value(frame, type.encoding);
    }
}

}  // namespace glassflow
