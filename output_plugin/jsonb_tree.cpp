// A walk over the stored form (utils/jsonb.h): an array has its elements one after the other; an object has its keys
// first, then its values. The place of each follows from the lengths of those before it.
//
// Room is reserved once. No child takes more bytes on the wire than in the document, where each has an entry of 4
// bytes beside its own, except numbers that are printed: those reserve anew. So that this holds for a damaged document
// as well, every child is checked to be within its container and behind the one before.
#include "jsonb_tree.h"

#include "message_pack.h"
#include "numeric_text.h"
#include "varlena_value.h"

namespace glassflow {

namespace {

// What a document may take beyond its own bytes: a byte for each string of 65536 bytes and each container of as many
// children, whose headers are longer than what is stored.
std::size_t room_for(std::size_t document_bytes) {
    return document_bytes + document_bytes / 65536 + 1;
}

[[noreturn]] void report_damage(const char* what) {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("jsonb value has %s", what)));
    pg_unreachable();
}

// Where the bytes go: out is within room for all that is left of the document.
struct TreeWriter {
    FrameBuffer& buffer;
    std::size_t document_bytes;
    char* out;

    // Makes room for that many bytes beside what is left.
    void reserve(std::size_t byte_count) {
        buffer.extend(static_cast<std::size_t>(out - (buffer.data() + buffer.size())));
        out = buffer.reserve(byte_count + room_for(document_bytes));
    }
};
static_assert(std::is_trivially_destructible_v<TreeWriter>);

// Children of a container in their order, each with where it is.
class ChildCursor {
public:
    ChildCursor(const JsonbContainer* container, std::size_t container_bytes, std::uint64_t child_count)
        : next_(container->children) {
        const std::uint64_t head_bytes = sizeof(container->header) + child_count * sizeof(JEntry);
        if (head_bytes > container_bytes) {
            report_damage("more children than bytes");
        }
        data_ = reinterpret_cast<const char*>(container) + head_bytes;
        data_bytes_ = static_cast<std::uint32_t>(container_bytes - head_bytes);
    }

    // Steps onto the next child; there must be one.
    void advance() {
        entry_ = *next_++;
        begin_ = end_;
        JBE_ADVANCE_OFFSET(end_, entry_);
        if (end_ < begin_ || end_ > data_bytes_) {
            report_damage("a child outside its container");
        }
    }

    std::uint32_t kind() const { return entry_ & JENTRY_TYPEMASK; }
    std::string_view string() const { return {data_ + begin_, end_ - begin_}; }
    // Numbers and containers are aligned; their padding is before them.
    std::string_view aligned() const {
        const std::uint32_t begin = INTALIGN(begin_);
        if (begin >= end_) {
            report_damage("a child without bytes");
        }
        return {data_ + begin, end_ - begin};
    }

private:
    const JEntry* next_;
    const char* data_ = nullptr;
    std::uint32_t data_bytes_ = 0;
    JEntry entry_ = 0;
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;
};
static_assert(std::is_trivially_destructible_v<ChildCursor>);

void put_digits(TreeWriter& writer, std::string_view digits) {
    writer.reserve(max_extension_header_bytes + digits.size());
    writer.out = put_extension_header(writer.out, wire::Extension::json_number, digits.size());
    writer.out = put_bytes(writer.out, digits);
}

void put_printed_number(TreeWriter& writer, const char* number, std::string_view stored) {
    const auto parts = read_numeric(stored);
    if (!parts) {
        char* digits = DatumGetCString(DirectFunctionCall1(numeric_out, PointerGetDatum(number)));
        put_digits(writer, digits);
        pfree(digits);
        return;
    }
    const std::size_t text_bytes = parts->text_bytes();
    writer.reserve(max_extension_header_bytes + text_bytes + numeric_slack_bytes);
    writer.out = put_extension_header(writer.out, wire::Extension::json_number, text_bytes);
    write_numeric(writer.out, *parts);
    writer.out += text_bytes;
}

void put_number(TreeWriter& writer, std::string_view bytes) {
    const std::size_t header_bytes = VARATT_IS_1B(bytes.data()) ? VARHDRSZ_SHORT : VARHDRSZ;
    if (bytes.size() < header_bytes || !is_in_place(PointerGetDatum(bytes.data())) ||
        VARSIZE_ANY(bytes.data()) < header_bytes || VARSIZE_ANY(bytes.data()) > bytes.size()) {
        report_damage("a number that is not within its place");
    }
    const std::string_view stored = bytes_in_place(PointerGetDatum(bytes.data()));
    if (std::int64_t whole = 0; read_decimal(stored, 0, whole)) {
        writer.out = put_signed(writer.out, whole);
    } else {
        put_printed_number(writer, bytes.data(), stored);
    }
}

bool put_container(TreeWriter& writer, std::string_view bytes, std::uint32_t depth);

// false when the document is nested too deeply, here and below.
bool put_child(TreeWriter& writer, const ChildCursor& child, std::uint32_t depth) {
    switch (child.kind()) {
        case JENTRY_ISSTRING:
            writer.out = put_str(writer.out, child.string());
            return true;
        case JENTRY_ISNUMERIC:
            put_number(writer, child.aligned());
            return true;
        case JENTRY_ISBOOL_FALSE:
            writer.out = put_boolean(writer.out, false);
            return true;
        case JENTRY_ISBOOL_TRUE:
            writer.out = put_boolean(writer.out, true);
            return true;
        case JENTRY_ISNULL:
            writer.out = put_nil(writer.out);
            return true;
        case JENTRY_ISCONTAINER:
            return put_container(writer, child.aligned(), depth + 1);
        default:
            report_damage("a child of an unknown kind");
    }
}

bool put_object(TreeWriter& writer, const JsonbContainer* container, std::size_t bytes, std::uint32_t depth) {
    const std::uint32_t count = JsonContainerSize(container);
    ChildCursor key(container, bytes, std::uint64_t{count} * 2);
    ChildCursor value = key;
    for (std::uint32_t i = 0; i < count; ++i) {
        value.advance();
    }
    writer.out = put_map_header(writer.out, count);
    for (std::uint32_t i = 0; i < count; ++i) {
        key.advance();
        value.advance();
        writer.out = put_str(writer.out, key.string());
        if (!put_child(writer, value, depth)) {
            return false;
        }
    }
    return true;
}

bool put_array(TreeWriter& writer, const JsonbContainer* container, std::size_t bytes, std::uint32_t depth) {
    const std::uint32_t count = JsonContainerSize(container);
    ChildCursor element(container, bytes, count);
    writer.out = put_array_header(writer.out, count);
    for (std::uint32_t i = 0; i < count; ++i) {
        element.advance();
        if (!put_child(writer, element, depth)) {
            return false;
        }
    }
    return true;
}

bool put_container(TreeWriter& writer, std::string_view bytes, std::uint32_t depth) {
    if (depth > wire::max_json_depth) {
        return false;
    }
    if (bytes.size() < sizeof(JsonbContainer::header)) {
        report_damage("a container without a header");
    }
    const auto* container = reinterpret_cast<const JsonbContainer*>(bytes.data());
    return JsonContainerIsObject(container) ? put_object(writer, container, bytes.size(), depth)
                                            : put_array(writer, container, bytes.size(), depth);
}

}  // namespace

bool append_jsonb(FrameBuffer& buffer, const Jsonb* document) {
    const std::size_t root_bytes = VARSIZE(document) - VARHDRSZ;
    if (root_bytes >= sizeof(document->root.header) && JsonContainerIsScalar(&document->root)) {
        return false;
    }
    const std::size_t start = buffer.size();
    TreeWriter writer{.buffer = buffer, .document_bytes = root_bytes, .out = buffer.reserve(room_for(root_bytes))};
    const bool is_whole = put_container(writer, {reinterpret_cast<const char*>(&document->root), root_bytes}, 1);
    if (is_whole) {
        buffer.extend(static_cast<std::size_t>(writer.out - (buffer.data() + buffer.size())));
    } else {
        buffer.truncate(start);
    }
    return is_whole;
}

}  // namespace glassflow
