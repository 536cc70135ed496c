// A walk over the stored form (utils/jsonb.h): an array has its elements one after the other; an object has its keys
// first, then its values. The place of each follows from the lengths of those before it.
#include "jsonb_text.h"

#include "numeric_text.h"

namespace glassflow {

namespace {

// An ERROR about the stack's depth would stop the slot at this row for good; jsonb_out does not recurse.
constexpr int max_depth = 200;

// A literal's size is known when this is compiled, and so is how it is copied.
template <std::size_t size>
void append(FrameBuffer& text, const char (&literal)[size]) {
    text.append(literal, size - 1);
}

// JSON wants a backslash before these: controls, the quote and the backslash itself.
bool wants_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_control(FrameBuffer& text, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    const char escaped[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    text.append(escaped, sizeof(escaped));
}

void append_escaped(FrameBuffer& text, char c) {
    switch (c) {
        case '\b':
            return append(text, "\\b");
        case '\f':
            return append(text, "\\f");
        case '\n':
            return append(text, "\\n");
        case '\r':
            return append(text, "\\r");
        case '\t':
            return append(text, "\\t");
        case '"':
            return append(text, "\\\"");
        case '\\':
            return append(text, "\\\\");
        default:
            return append_control(text, c);
    }
}

void append_string(FrameBuffer& text, std::string_view string) {
    append(text, "\"");
    std::size_t plain_from = 0;
    for (std::size_t at = 0; at < string.size(); ++at) {
        if (wants_escape(string[at])) {
            text.append(string.data() + plain_from, at - plain_from);
            append_escaped(text, string[at]);
            plain_from = at + 1;
        }
    }
    text.append(string.data() + plain_from, string.size() - plain_from);
    append(text, "\"");
}

void append_number(FrameBuffer& text, const char* number) {
    const auto parts = read_numeric({VARDATA_ANY(number), VARSIZE_ANY_EXHDR(number)});
    if (parts) {
        append_numeric(text, *parts);
        return;
    }
    char* digits = DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(number)));
    text.append(digits, strlen(digits));
    pfree(digits);
}

// Children of a container in their order, each with where it is.
class ChildCursor {
public:
    ChildCursor(const JsonbContainer* container, std::uint32_t child_count)
        : next_(container->children), data_(reinterpret_cast<const char*>(container->children + child_count)) {}
    // The same data, from another child on.
    ChildCursor(const ChildCursor& first, std::uint32_t skipped_count) : ChildCursor(first) {
        for (std::uint32_t i = 0; i < skipped_count; ++i) {
            advance();
        }
    }

    JEntry entry() const { return *next_; }
    std::string_view string() const {
        std::uint32_t end = offset_;
        JBE_ADVANCE_OFFSET(end, *next_);
        return {data_ + offset_, end - offset_};
    }
    // Numbers and containers are aligned; their padding is before them.
    const char* aligned() const { return data_ + INTALIGN(offset_); }
    void advance() {
        JBE_ADVANCE_OFFSET(offset_, *next_);
        ++next_;
    }

private:
    const JEntry* next_;
    const char* data_;
    std::uint32_t offset_ = 0;
};
static_assert(std::is_trivially_destructible_v<ChildCursor>);

bool append_container(FrameBuffer& text, const JsonbContainer* container, int depth);

// false when the document is nested too deeply, here and below.
bool append_child(FrameBuffer& text, const ChildCursor& child, int depth) {
    switch (child.entry() & JENTRY_TYPEMASK) {
        case JENTRY_ISSTRING:
            append_string(text, child.string());
            return true;
        case JENTRY_ISNUMERIC:
            append_number(text, child.aligned());
            return true;
        case JENTRY_ISBOOL_FALSE:
            append(text, "false");
            return true;
        case JENTRY_ISBOOL_TRUE:
            append(text, "true");
            return true;
        case JENTRY_ISNULL:
            append(text, "null");
            return true;
        case JENTRY_ISCONTAINER:
            return append_container(text, reinterpret_cast<const JsonbContainer*>(child.aligned()), depth + 1);
        default:
            ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("jsonb value has an element of an unknown kind")));
    }
}

bool append_container(FrameBuffer& text, const JsonbContainer* container, int depth) {
    if (depth > max_depth) {
        return false;
    }
    const std::uint32_t count = JsonContainerSize(container);
    if (JsonContainerIsObject(container)) {
        ChildCursor key(container, count * 2);
        ChildCursor value(key, count);
        append(text, "{");
        for (std::uint32_t i = 0; i < count; ++i, key.advance(), value.advance()) {
            if (i > 0) {
                append(text, ", ");
            }
            append_string(text, key.string());
            append(text, ": ");
            if (!append_child(text, value, depth)) {
                return false;
            }
        }
        append(text, "}");
        return true;
    }
    ChildCursor element(container, count);
    if (JsonContainerIsScalar(container)) {  // a lone value is stored as an array of one
        return append_child(text, element, depth);
    }
    append(text, "[");
    for (std::uint32_t i = 0; i < count; ++i, element.advance()) {
        if (i > 0) {
            append(text, ", ");
        }
        if (!append_child(text, element, depth)) {
            return false;
        }
    }
    append(text, "]");
    return true;
}

}  // namespace

bool append_jsonb(FrameBuffer& text, const Jsonb* document) {
    const std::size_t start = text.size();
    const bool is_whole = append_container(text, &document->root, 1);
    if (!is_whole) {
        text.truncate(start);
    }
    return is_whole;
}

}  // namespace glassflow
