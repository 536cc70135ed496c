// The grammar is that of array_out: braces for each dimension, a delimiter, elements that are quoted where they would
// be misread otherwise, NULL without quotes. Bounds, [0:1]=, are skipped. Texts of elements become JSON as values of
// their type do in json_value.cpp.
#include "format/array_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "format/scalar_json.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;

constexpr std::uint32_t box_oid = 603;  // the one built-in type whose arrays are separated by semicolons
constexpr int max_dimensions = 6;       // MAXDIM of the server

class ArrayReader {
public:
    ArrayReader(JsonWriter& writer, std::string_view text, const Column& column, std::size_t max_bytes)
        : writer_(writer),
          rest_(text),
          element_(column.parts.front()),
          delimiter_(element_.type_oid == box_oid ? ';' : ','),
          max_bytes_(max_bytes) {}

    bool read() { return skip_bounds() && read_array(max_dimensions) && rest_.empty(); }

private:
    bool skip_bounds() {
        if (!rest_.starts_with('['))
            return true;
        const std::size_t end = rest_.find('=');
        if (end == std::string_view::npos)
            return false;
        rest_.remove_prefix(end + 1);
        return true;
    }

    bool take(char character) {
        if (!rest_.starts_with(character))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool read_array(int dimensions_left) {
        if (dimensions_left == 0 || !take('{'))
            return false;
        writer_.begin_array();
        if (!take('}')) {
            do {
                if (!(rest_.starts_with('{') ? read_array(dimensions_left - 1) : read_element()))
                    return false;
            } while (take(delimiter_));
            if (!take('}'))
                return false;
        }
        writer_.end_array();
        return true;
    }

    bool read_element() {
        const std::optional<std::string_view> element = rest_.starts_with('"') ? quoted() : unquoted();
        if (!element)
            return false;
        if (element->data() == null_text.data())
            writer_.null();
        else if (element_.encoding == Encoding::array)  // of a domain over arrays
            return write_array_text(writer_, *element, element_, max_bytes_);
        else
            write_scalar_text(writer_, *element, element_, scratch_);
        return writer_.size() <= max_bytes_;
    }

    // null_text itself for NULL; an element's text is a copy, so that escapes are gone.
    std::optional<std::string_view> unquoted() {
        text_.clear();
        bool is_escaped = false;
        while (!rest_.empty() && rest_.front() != delimiter_ && rest_.front() != '}') {
            if (rest_.front() == '{' || rest_.front() == '"')
                return std::nullopt;
            if (take('\\')) {
                is_escaped = true;
                if (rest_.empty())
                    return std::nullopt;
            }
            text_ += rest_.front();
            rest_.remove_prefix(1);
        }
        if (text_.empty())
            return std::nullopt;
        if (text_ == null_text && !is_escaped)
            return null_text;
        return text_;
    }

    std::optional<std::string_view> quoted() {
        take('"');
        text_.clear();
        while (!take('"')) {
            take('\\');
            if (rest_.empty())
                return std::nullopt;
            const std::size_t plain = std::max<std::size_t>(1, rest_.substr(1).find_first_of("\"\\") + 1);
            const std::size_t length = std::min(plain, rest_.size());
            text_ += rest_.substr(0, length);
            rest_.remove_prefix(length);
        }
        return text_;
    }

    static constexpr std::string_view null_text = "NULL";

    JsonWriter& writer_;
    std::string_view rest_;
    const Column& element_;
    const char delimiter_;
    const std::size_t max_bytes_;
    std::string text_;     // of the element
    std::string scratch_;  // of its JSON
};

}  // namespace

bool write_array_text(JsonWriter& writer, std::string_view text, const Column& column, std::size_t max_bytes) {
    return ArrayReader(writer, text, column, max_bytes).read();
}

}  // namespace glassflow::format
