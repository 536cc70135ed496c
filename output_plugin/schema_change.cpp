// Writing, signing, reading.
#include "schema_change.h"

#include "keyed_hash.h"
#include "mask_key.h"

namespace glassflow {

namespace {

constexpr char content_version = 1;
constexpr std::size_t header_bytes = 1 + sha256_bytes;
constexpr std::uint32_t none = 0xffffffff;
constexpr std::uint32_t flag = 1;  // the only one that any flags have
constexpr std::uint32_t max_columns = 1600;

// Signatures have a key of their own: who may have any text hashed, by putting it into a masked column, must not get
// a signature by it. No text of the server has a zero byte.
Sha256Digest signature_of(std::string_view body, TransactionId xid) {
    constexpr std::string_view purpose("glassflow\0ddl", 13);
    const Sha256Digest key = KeyedHash(mask_key()).of(purpose);
    char xid_bytes[sizeof(xid)];
    memcpy(xid_bytes, &xid, sizeof(xid));
    return KeyedHash(view_of(key)).of({xid_bytes, sizeof(xid_bytes)}, body);
}

// In a time that does not tell where they differ.
bool is_equal(std::string_view one, std::string_view other) {
    unsigned char difference = 0;
    for (std::size_t i = 0; i < sha256_bytes; ++i) {
        difference |= static_cast<unsigned char>(one[i] ^ other[i]);
    }
    return difference == 0;
}

// Reads what is there; once something is not, is_valid() is false for good and everything read is empty.
class ContentReader {
public:
    explicit ContentReader(std::string_view content) : content_(content) {}

    bool is_valid() const { return is_valid_; }
    bool is_whole() const { return is_valid_ && content_.empty(); }

    std::uint32_t number() {
        const std::string_view bytes = take(sizeof(std::uint32_t));
        std::uint32_t number = 0;
        for (const char byte : bytes) {
            number = number << 8 | static_cast<unsigned char>(byte);
        }
        return number;
    }
    bool boolean() {
        const std::uint32_t number = this->number();
        is_valid_ = is_valid_ && number <= flag;
        return number == flag;
    }
    // How many elements follow, of which each has at least element_bytes.
    std::uint32_t count(std::uint32_t maximum, std::size_t element_bytes) {
        const std::uint32_t count = number();
        is_valid_ = is_valid_ && count <= maximum && count <= content_.size() / element_bytes;
        return is_valid_ ? count : 0;
    }
    std::string_view text() { return text_of(number()); }
    std::optional<std::string_view> optional_text() {
        const std::uint32_t size = number();
        return size == none ? std::nullopt : std::optional(text_of(size));
    }
    bool next_is_none() const { return content_.starts_with("\xff\xff\xff\xff"); }

private:
    std::string_view take(std::size_t size) {
        if (!is_valid_ || size > content_.size()) {
            is_valid_ = false;
            return {};
        }
        const std::string_view bytes = content_.substr(0, size);
        content_.remove_prefix(size);
        return bytes;
    }
    std::string_view text_of(std::uint32_t size) {
        const std::string_view bytes = take(size);
        is_valid_ =
            is_valid_ && pg_verify_mbstr(GetDatabaseEncoding(), bytes.data(), static_cast<int>(bytes.size()), true);
        return is_valid_ ? bytes : std::string_view();
    }

    std::string_view content_;
    bool is_valid_ = true;
};

template <typename T>
std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    auto* elements = static_cast<T*>(palloc0(Max(count, std::size_t{1}) * sizeof(T)));
    for (std::size_t i = 0; i < count; ++i) {
        new (&elements[i]) T{};
    }
    return {elements, count};
}

constexpr std::size_t min_column_bytes = 3 * sizeof(std::uint32_t);
constexpr std::size_t min_object_bytes = 6 * sizeof(std::uint32_t);

std::optional<std::span<SchemaChange::Column>> read_columns(ContentReader& reader) {
    if (reader.next_is_none()) {
        static_cast<void>(reader.number());
        return std::nullopt;
    }
    const auto columns = make_array<SchemaChange::Column>(reader.count(max_columns, min_column_bytes));
    for (SchemaChange::Column& column : columns) {
        column.name = reader.text();
        column.type = reader.text();
        column.is_not_null = reader.boolean();
    }
    return columns;
}

void read_object(ContentReader& reader, SchemaChange::Object& object) {
    object.command = reader.text();
    object.type = reader.text();
    object.schema = reader.optional_text();
    object.identity = reader.text();
    object.is_dropped = reader.boolean();
    object.columns = read_columns(reader);
}

}  // namespace

SchemaChangeWriter::SchemaChangeWriter(StringInfo content) : content_(content) {
    appendStringInfoChar(content_, content_version);
    appendStringInfoSpaces(content_, static_cast<int>(sha256_bytes));
    memset(content_->data + 1, 0, sha256_bytes);
}

void SchemaChangeWriter::add_number(std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        appendStringInfoChar(content_, static_cast<char>(number >> shift & 0xff));
    }
}

void SchemaChangeWriter::add_text(std::string_view text) {
    add_number(static_cast<std::uint32_t>(text.size()));
    appendBinaryStringInfo(content_, text.data(), static_cast<int>(text.size()));
}

void SchemaChangeWriter::add_optional(std::optional<std::string_view> text) {
    text ? add_text(*text) : add_number(none);
}

void SchemaChangeWriter::begin(std::string_view command, std::string_view user,
                               std::optional<std::string_view> statement, bool is_cut) {
    add_text(command);
    add_text(user);
    add_number(is_cut ? flag : 0);
    add_optional(statement);
    counts_at_ = content_->len;
    add_number(0);
    add_number(0);
}

bool SchemaChangeWriter::begin_object(const SchemaChange::Object& object) {
    if (static_cast<std::size_t>(content_->len) > max_listed_bytes) {
        ++omitted_objects_;
        return false;
    }
    ++object_count_;
    add_text(object.command);
    add_text(object.type);
    add_optional(object.schema);
    add_text(object.identity);
    add_number(object.is_dropped ? flag : 0);
    add_number(object.columns ? static_cast<std::uint32_t>(object.columns->size()) : none);
    return true;
}

void SchemaChangeWriter::add_column(const SchemaChange::Column& column) {
    add_text(column.name);
    add_text(column.type);
    add_number(column.is_not_null ? flag : 0);
}

void SchemaChangeWriter::end() {
    const int end = content_->len;
    content_->len = counts_at_;
    add_number(omitted_objects_);
    add_number(object_count_);
    content_->len = end;
}

bool has_signing_key() {
    return mask_key().size() >= min_mask_key_bytes;
}

void sign_schema_change(StringInfo content, TransactionId xid) {
    if (!has_signing_key()) {
        return;
    }
    const std::string_view body(content->data + header_bytes, static_cast<std::size_t>(content->len) - header_bytes);
    const Sha256Digest signature = signature_of(body, xid);
    memcpy(content->data + 1, signature.data(), signature.size());
}

std::optional<SchemaChange> read_schema_change(std::string_view content, TransactionId xid) {
    if (content.size() < header_bytes || content.size() > max_schema_change_bytes || content[0] != content_version) {
        return std::nullopt;
    }
    const std::string_view body(content.data() + header_bytes, content.size() - header_bytes);
    ContentReader reader(body);
    SchemaChange change;
    change.command = reader.text();
    change.user = reader.text();
    change.is_statement_cut = reader.boolean();
    change.statement = reader.optional_text();
    change.omitted_objects = reader.number();
    change.objects = make_array<SchemaChange::Object>(reader.count(max_listed_bytes, min_object_bytes));
    for (SchemaChange::Object& object : change.objects) {
        read_object(reader, object);
    }
    if (!reader.is_whole()) {
        return std::nullopt;
    }
    change.is_signed =
        has_signing_key() && is_equal({content.data() + 1, sha256_bytes}, view_of(signature_of(body, xid)));
    return change;
}

}  // namespace glassflow
