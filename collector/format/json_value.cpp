#include "format/json_value.h"

#include <span>

#include "format/array_text.h"
#include "format/marker.h"
#include "format/nested_text.h"
#include "format/scalar_json.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;
using event::Value;

// Its parts, or its text: large ones come as that.
bool is_array(const Value& value, const Column& column) {
    return column.encoding == Encoding::array && (value.kind == Value::Kind::parts || value.kind == Value::Kind::text);
}

// Arrays as JSON arrays, within one another for each dimension; where an index begins is not told. Of a whole array the
// first part is its shape (a length and a lower bound for each dimension, null: one dimension), the others its
// elements.
class ArrayWriter {
public:
    ArrayWriter(JsonWriter& writer, std::string& scratch) : writer_(writer), scratch_(scratch) {}

    // False when the JSON would be larger than Postgres itself can print a value, or a text is no array.
    bool write(const Value& array, const Column& column) {
        if (array.kind == Value::Kind::text)
            return write_array_text(writer_, array.view, column, max_nested_text_bytes);
        const auto parts = array.parts();
        const auto shape = parts.front().is_null() ? std::span<const Value>() : parts.front().parts();
        return write_dimension(parts.subspan(1), shape, column.parts.front());
    }

private:
    bool write_dimension(std::span<const Value> elements, std::span<const Value> shape, const Column& element_type) {
        writer_.begin_array();
        if (shape.size() > 2) {
            const auto count = elements.empty() ? 0 : static_cast<std::size_t>(shape.front().integer);
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t length = elements.size() / count;
                if (!write_dimension(elements.subspan(i * length, length), shape.subspan(2), element_type))
                    return false;
            }
        } else {
            for (const Value& element : elements) {
                if (!write_element(element, element_type))
                    return false;
            }
        }
        writer_.end_array();
        return true;
    }

    bool write_element(const Value& element, const Column& type) {
        if (is_array(element, type))  // of a domain over arrays
            return write(element, type);
        write_scalar(writer_, element, type, scratch_);
        return writer_.size() <= max_nested_text_bytes;
    }

    JsonWriter& writer_;
    std::string& scratch_;
};

}  // namespace

void JsonValueWriter::write(JsonWriter& writer, const Value& value, const Column& column) {
    is_array(value, column) ? write_array(writer, value, column) : write_scalar(writer, value, column, text_);
}

void JsonValueWriter::write_array(JsonWriter& writer, const Value& array, const Column& column) {
    text_writer_.clear();
    if (ArrayWriter(text_writer_, text_).write(array, column)) {
        const std::string_view json = text_writer_.take();
        return arrays_ == ArrayStyle::native ? writer.json(json) : writer.string(json);
    }
    if (text_writer_.size() > max_nested_text_bytes)
        return write_size_marker(writer, text_writer_.size());
    // A text that is no array stands for one that is not known; it keeps the JSON type.
    if (arrays_ == ArrayStyle::native)
        writer.begin_array();
    writer.string(array.view);
    if (arrays_ == ArrayStyle::native)
        writer.end_array();
}

}  // namespace glassflow::format
