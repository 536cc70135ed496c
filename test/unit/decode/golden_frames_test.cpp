// The frames that the real plugin wrote (test/wire/golden), decoded: the two halves of the project bound together.
//
// Each file says beside its frames, in neutral JSON, what a reader in another language made of them. The events that
// the decoder tells are turned into the same JSON and must be equal to it, record by record.
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "decode/ddl_record.h"
#include "decode/frame_decoder.h"
#include "event/utf8.h"

namespace glassflow::decode {
namespace {

using rapidjson::Document;
using Json = rapidjson::Value;

const std::filesystem::path golden_directory = std::filesystem::path(GLASSFLOW_TEST_DIRECTORY) / "wire" / "golden";

Document read_golden(const std::filesystem::path& path) {
    std::ifstream file(path);
    rapidjson::IStreamWrapper stream(file);
    Document document;
    document.ParseStream(stream);
    EXPECT_FALSE(document.HasParseError()) << path;
    return document;
}

std::string to_text(const Json& json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    json.Accept(writer);
    return buffer.GetString();
}

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        EXPECT_TRUE(error == std::errc{} && end == hex.data() + i + 2) << "not hex";
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string hex_of_bytes(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
        hex += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xF];
    }
    return hex;
}

// Compares each event with the next one of the file.
// Relations of blocks have ids of their own towards a handler.
constexpr std::uint32_t block_relation_bit = std::uint32_t{1} << 31;

class GoldenComparison : public event::EventHandler {
public:
    GoldenComparison(const Json& expected, std::string file) : expected_(expected), file_(std::move(file)) {}

    std::size_t compared() const { return next_; }

    void relations_change() override {}
    void session(const event::Session& session) override {
        Json json = record("session");
        add(json, "protocol_version", number(session.protocol_version));
        add(json, "plugin_version", string(session.plugin_version));
        add(json, "server_version_num", number(session.server_version_num));
        add(json, "server_encoding", string(session.server_encoding));
        compare(json);
    }

    void relation(const event::Relation& relation) override {
        Json json = record("relation");
        add(json, "relation_id", number(relation.id & ~block_relation_bit));
        add(json, "oid", number(relation.oid));
        add(json, "schema", string(relation.schema));
        add(json, "table", string(relation.table));
        const char identity = static_cast<char>(relation.identity);
        add(json, "identity", string({&identity, 1}));
        Json columns(rapidjson::kArrayType);
        for (const event::Column& column : relation.columns) {
            Json described(rapidjson::kObjectType);
            add(described, "name", string(column.name));
            add_type(described, column);
            add(described, "is_key", Json(column.is_key));
            add(described, "is_not_null", Json(column.is_not_null));
            add(described, "is_generated", Json(column.is_generated));
            if (column.is_masked)
                add(described, "is_masked", Json(true));
            columns.PushBack(described, memory_);
        }
        add(json, "columns", std::move(columns));
        Json key(rapidjson::kArrayType);
        for (const std::uint32_t position : relation.key)
            key.PushBack(Json(position), memory_);
        add(json, "key", std::move(key));
        compare(json);
    }

    void begin(const event::Transaction& transaction) override {
        Json json = record("begin");
        add(json, "xid", number(transaction.xid));
        add(json, "commit_lsn", lsn(transaction.commit_lsn));
        add(json, "commit_time_us", number(transaction.commit_time_us));
        if (!transaction.origin.empty()) {
            add(json, "origin", string(transaction.origin));
            add(json, "origin_lsn", lsn(transaction.origin_lsn));
        }
        change_count_ = 0;
        compare(json);
    }

    // Columns that were not sent are unchanged in the old row, too, where nothing else is.
    static bool is_of_columns(const event::RowChange& change) {
        return change.has_full_old_row() && std::ranges::any_of(change.old_row, [](const event::Value& value) {
                   return value.kind == event::Value::Kind::unchanged_toast;
               });
    }

    void update_of_columns(const event::RowChange& change) {
        Json json = record("update_of_columns");
        add_position(json, change.relation->id, change.id);
        Json places(rapidjson::kArrayType);
        Json of_new(rapidjson::kArrayType);
        Json of_old(rapidjson::kArrayType);
        Json new_row = row_of(change.new_row, *change.relation);
        Json old_row = row_of(change.old_row, *change.relation);
        for (std::uint32_t i = 0; i < change.old_row.size(); ++i) {
            if (change.old_row[i].kind == event::Value::Kind::unchanged_toast)
                continue;
            places.PushBack(Json(i), memory_);
            of_new.PushBack(new_row[i], memory_);
            of_old.PushBack(old_row[i], memory_);
        }
        add(json, "columns", std::move(places));
        add(json, "new", std::move(of_new));
        add(json, "old", std::move(of_old));
        compare(json);
    }

    void row(const event::RowChange& change) override {
        if (change.operation == event::Operation::update && is_of_columns(change))
            return update_of_columns(change);
        const std::array names{"insert", "update", "delete"};
        Json json = record(names.at(static_cast<std::size_t>(change.operation)));
        add_position(json, change.relation->id, change.id);
        if (change.operation != event::Operation::delete_)
            add(json, "new", row_of(change.new_row, *change.relation));
        if (change.operation != event::Operation::insert)
            add(json, "old", change.old_row.empty() ? Json() : row_of(change.old_row, *change.relation));
        compare(json);
    }

    void truncate(const event::Truncate& truncate) override {
        Json json = record("truncate");
        add_position(json, truncate.relation->id, truncate.id);
        add(json, "cascade", Json(truncate.cascade));
        add(json, "restart_identity", Json(truncate.restart_identity));
        compare(json);
    }

    // A schema change is told as a message whose content is the record as JSON.
    void schema_change(const event::LogicalMessage& message) {
        Document content(&memory_);
        content.Parse(message.content.data(), message.content.size());
        ASSERT_FALSE(content.HasParseError()) << message.content;
        Json json = record("ddl");
        add(json, "lsn", lsn(message.lsn));
        for (const auto& [content_name, name] :
             {std::pair("is_signed", "is_signed"), std::pair("statement_is_cut", "is_statement_cut"),
              std::pair("command", "command"), std::pair("user", "user"), std::pair("statement", "statement"),
              std::pair("objects", "objects"), std::pair("omitted_objects", "omitted_count")})
            add(json, name, std::move(content[content_name]));
        for (Json& object : json["objects"].GetArray()) {
            if (!object.HasMember("columns"))
                add(object, "columns", Json());
        }
        compare(json);
    }

    void message(const event::LogicalMessage& message) override {
        change_count_ += message.transaction != nullptr;
        if (message.prefix == ddl_message_prefix)
            return schema_change(message);
        Json json = record("message");
        add(json, "lsn", lsn(message.lsn));
        add(json, "is_transactional", Json(message.transaction != nullptr));
        add(json, "prefix", event::is_utf8(message.prefix) ? string(message.prefix) : bytes(message.prefix));
        add(json, "content", bytes(message.content));
        compare(json);
    }

    void commit(const event::Transaction& transaction) override {
        Json json = record("commit");
        add(json, "commit_lsn", lsn(transaction.commit_lsn));
        add(json, "end_lsn", lsn(transaction.end_lsn));
        add(json, "change_count", number(change_count_));
        compare(json);
    }

private:
    Json record(const char* name) {
        Json json(rapidjson::kObjectType);
        add(json, "record", string(name));
        return json;
    }
    void add(Json& object, const char* name, Json value) {
        object.AddMember(rapidjson::StringRef(name), value, memory_);
    }
    Json number(std::int64_t value) { return Json(value); }
    Json string(std::string_view text) {
        return Json(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory_);
    }
    Json lsn(event::Lsn position) { return string(event::to_string(position)); }
    Json object(const char* name, Json value) {
        Json json(rapidjson::kObjectType);
        add(json, name, std::move(value));
        return json;
    }
    Json bytes(std::string_view view) { return object("bytes", string(hex_of_bytes(view))); }

    void add_type(Json& described, const event::Column& type) {
        const std::array encodings{"text",    "boolean",  "integer",   "float4",      "float8",    "bytes",
                                   "uuid",    "date",     "timestamp", "timestamptz", "decimal",   "time",
                                   "timetz",  "interval", "json",      "bits",        "inet",      "cidr",
                                   "macaddr", "array",    "composite", "range",       "multirange"};
        add(described, "type", string(type.type));
        add(described, "type_oid", number(type.type_oid));
        add(described, "typmod", number(type.typmod));
        add(described, "encoding", string(encodings.at(static_cast<std::size_t>(type.encoding))));
        if (type.encoding == event::Encoding::decimal)
            add(described, "detail", number(type.scale));
        else if (type.encoding == event::Encoding::composite)
            add(described, "detail", fields_of(type));
        else if (!type.parts.empty())
            add(described, "detail", described_type(type.parts.front()));
    }
    Json described_type(const event::Column& type) {
        Json described(rapidjson::kObjectType);
        add_type(described, type);
        return described;
    }
    Json fields_of(const event::Column& composite) {
        Json fields(rapidjson::kArrayType);
        for (const event::Column& field : composite.parts) {
            Json described = described_type(field);
            add(described, "name", string(field.name));
            fields.PushBack(described, memory_);
        }
        return fields;
    }

    void add_position(Json& json, std::uint32_t relation_id, event::ChangeId id) {
        ++change_count_;
        add(json, "relation_id", number(relation_id & ~block_relation_bit));
        add(json, "lsn", lsn(id.lsn));
        add(json, "index", number(id.index));
    }

    Json row_of(std::span<const event::Value> values, const event::Relation& relation) {
        EXPECT_EQ(values.size(), relation.columns.size());
        Json row(rapidjson::kArrayType);
        for (std::size_t i = 0; i < values.size(); ++i)
            row.PushBack(neutral(values[i], relation.columns[i]), memory_);
        return row;
    }

    Json neutral(const event::Value& value, const event::Column& type) {
        using Kind = event::Value::Kind;
        switch (value.kind) {
            case Kind::null:
                return Json();
            case Kind::unchanged_toast:
                return object("unchanged_toast", Json(true));
            case Kind::too_large:
                return object("too_large", Json(value.size_bytes));
            case Kind::infinity:
                return object("infinity", Json(1));
            case Kind::negative_infinity:
                return object("infinity", Json(-1));
            case Kind::boolean:
                return Json(value.boolean);
            case Kind::integer:
                return type.encoding == event::Encoding::decimal ? decimal(value.integer, type.scale)
                                                                 : Json(value.integer);
            case Kind::real:
                return object("real", Json(value.real));
            case Kind::text:
                return text(value.view, type.encoding);
            case Kind::bytes:
                return binary(value.view, type.encoding);
            case Kind::parts:
                return nested(value.parts(), type);
        }
        return Json();
    }

    Json decimal(std::int64_t units, std::uint32_t scale) {
        std::string digits = std::to_string(units);
        const std::size_t sign = digits.starts_with('-') ? 1 : 0;
        while (digits.size() - sign <= scale)
            digits.insert(sign, 1, '0');
        if (scale > 0)
            digits.insert(digits.size() - scale, 1, '.');
        return object("decimal", string(digits));
    }

    // A document is told as its text; which of the two the wire had is for compare().
    Json text(std::string_view text, event::Encoding encoding) {
        if (encoding == event::Encoding::json)
            return object("document", string(text));
        return encoding < event::Encoding::decimal ? string(text) : object("text", string(text));
    }

    Json binary(std::string_view view, event::Encoding encoding) {
        switch (encoding) {
            case event::Encoding::text:
            case event::Encoding::bytes:
            case event::Encoding::uuid:
                return bytes(view);
            case event::Encoding::bits: {
                std::string digits;
                for (std::size_t i = 1; i < view.size(); ++i)
                    digits += std::bitset<8>(static_cast<unsigned char>(view[i])).to_string();
                digits.resize(digits.size() - static_cast<unsigned char>(view.front()));
                return object("bits", string(digits));
            }
            case event::Encoding::inet:
            case event::Encoding::cidr: {
                Json address(rapidjson::kArrayType);
                address.PushBack(Json(static_cast<unsigned>(static_cast<unsigned char>(view.front()))), memory_);
                address.PushBack(string(hex_of_bytes(view.substr(1))), memory_);
                return object(encoding == event::Encoding::inet ? "inet" : "cidr", std::move(address));
            }
            case event::Encoding::macaddr:
                return object("macaddr", string(hex_of_bytes(view)));
            default:
                return object("text_bytes", string(hex_of_bytes(view)));
        }
    }

    Json nested(std::span<const event::Value> parts, const event::Column& type) {
        switch (type.encoding) {
            case event::Encoding::timetz:
                return object("timetz", numbers(parts));
            case event::Encoding::interval:
                return object("interval", numbers(parts));
            case event::Encoding::array: {
                Json json = object("array", each(parts.subspan(1), type.parts.front()));
                add(json, "shape", parts.front().is_null() ? Json() : numbers(parts.front().parts()));
                return json;
            }
            case event::Encoding::composite: {
                Json fields(rapidjson::kArrayType);
                for (std::size_t i = 0; i < parts.size(); ++i)
                    fields.PushBack(neutral(parts[i], type.parts[i]), memory_);
                return object("composite", std::move(fields));
            }
            case event::Encoding::multirange: {
                Json ranges(rapidjson::kArrayType);
                for (const event::Value& part : parts)
                    ranges.PushBack(range(part.parts(), type.parts.front()), memory_);
                return object("multirange", std::move(ranges));
            }
            default:
                return range(parts, type.parts.front());
        }
    }

    Json range(std::span<const event::Value> parts, const event::Column& bound_type) {
        Json json = each(parts.subspan(1), bound_type);
        Json flags_and_bounds(rapidjson::kArrayType);
        flags_and_bounds.PushBack(Json(parts.front().integer), memory_);
        for (Json& bound : json.GetArray())
            flags_and_bounds.PushBack(bound, memory_);
        return object("range", std::move(flags_and_bounds));
    }

    Json each(std::span<const event::Value> values, const event::Column& type) {
        Json json(rapidjson::kArrayType);
        for (const event::Value& value : values)
            json.PushBack(neutral(value, type), memory_);
        return json;
    }

    Json numbers(std::span<const event::Value> parts) {
        Json json(rapidjson::kArrayType);
        for (const event::Value& part : parts)
            json.PushBack(Json(part.integer), memory_);
        return json;
    }

    // A document's text without the spaces between its elements.
    static std::string compact(std::string_view text) {
        std::string out;
        bool is_in_string = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == ' ' && !is_in_string)
                continue;
            out += text[i];
            if (text[i] == '\\')
                out += text[++i];
            else if (text[i] == '"')
                is_in_string = !is_in_string;
        }
        return out;
    }

    // expected is {"json": ...}, without spaces, or the text as it was on the wire.
    static bool is_same_document(std::string_view told, const Json& expected) {
        if (expected.HasMember("json"))
            return compact(told) == expected["json"].GetString();
        return expected.HasMember("text") && told == expected["text"].GetString();
    }

    // The file has reals as Python's text, so that NaN and -0 have one; read back they must be the same bits.
    static void reals_to_numbers(Json& json) {
        if (json.IsObject() && json.HasMember("real") && json["real"].IsString()) {
            const double real = std::strtod(json["real"].GetString(), nullptr);
            json["real"] = real;
        } else if (json.IsObject()) {
            for (auto& member : json.GetObject())
                reals_to_numbers(member.value);
        } else if (json.IsArray()) {
            for (Json& element : json.GetArray())
                reals_to_numbers(element);
        }
    }

    static bool same(const Json& left, const Json& right) {
        if (left.IsDouble() && right.IsDouble()) {
            const double a = left.GetDouble();
            const double b = right.GetDouble();
            return (std::isnan(a) && std::isnan(b)) ||
                   std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
        }
        if (left.IsArray() && right.IsArray())
            return std::equal(left.Begin(), left.End(), right.Begin(), right.End(), same);
        if (left.IsObject() && right.IsObject()) {
            if (left.HasMember("document"))
                return is_same_document(left["document"].GetString(), right);
            if (left.MemberCount() != right.MemberCount())
                return false;
            return std::all_of(left.MemberBegin(), left.MemberEnd(), [&](const auto& member) {
                const auto other = right.FindMember(member.name);
                return other != right.MemberEnd() && same(member.value, other->value);
            });
        }
        return left == right;
    }

    void compare(const Json& told) {
        ASSERT_LT(next_, expected_.Size()) << file_ << " has no event for " << to_text(told);
        Json expected(expected_[static_cast<rapidjson::SizeType>(next_)], memory_);
        for (const char* side : {"new", "old"}) {
            if (expected.HasMember(side))
                reals_to_numbers(expected[side]);
        }
        EXPECT_TRUE(same(told, expected))
            << file_ << ", event " << next_ << "\n  told     " << to_text(told) << "\n  expected " << to_text(expected);
        ++next_;
    }

    const Json& expected_;
    std::string file_;
    std::size_t next_ = 0;
    std::int64_t change_count_ = 0;
    rapidjson::MemoryPoolAllocator<> memory_;
};

std::vector<std::filesystem::path> golden_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(golden_directory)) {
        if (entry.path().extension() == ".json")
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

class GoldenFrames : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenFrames, AreDecodedToTheirEvents) {
    const Document golden = read_golden(GetParam());
    GoldenComparison comparison(golden["events"], GetParam().filename().string());
    FrameDecoder decoder;
    if (GetParam().stem() == "two_phase") {  // which the collector does not take
        EXPECT_THROW(decoder.decode(bytes_of_hex(golden["frames"][0].GetString()), comparison), DecodeError);
        return;
    }
    for (const Json& frame : golden["frames"].GetArray()) {
        ASSERT_NO_THROW(decoder.decode(bytes_of_hex(frame.GetString()), comparison));
    }
    EXPECT_EQ(comparison.compared(), golden["events"].Size());
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenFrames, testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param.stem().string(); });

// Each operation must be among them, or the comparison proves little.
TEST(GoldenFramesTogether, HoldEveryRecordAndEncoding) {
    std::set<std::string> records;
    std::set<std::string> encodings;
    for (const auto& path : golden_files()) {
        const Document golden = read_golden(path);
        for (const Json& event : golden["events"].GetArray()) {
            records.insert(event["record"].GetString());
            if (std::string_view(event["record"].GetString()) == "relation") {
                for (const Json& column : event["columns"].GetArray())
                    encodings.insert(column["encoding"].GetString());
            }
        }
    }
    EXPECT_EQ(records, (std::set<std::string>{"session", "relation", "begin", "commit", "insert", "update", "delete",
                                              "truncate", "message", "begin_prepare", "prepare", "commit_prepared",
                                              "rollback_prepared", "ddl", "update_of_columns"}));
    EXPECT_EQ(encodings.size(), static_cast<std::size_t>(event::Encoding::multirange) + 1);
}

}  // namespace
}  // namespace glassflow::decode
