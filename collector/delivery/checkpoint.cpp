// The checksum is over the members in their fixed order and layout, so that a file may be shown indented, and a number
// that was altered by hand is still noticed.
#include "delivery/checkpoint.h"

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cstdio>

namespace glassflow::delivery {

namespace {

constexpr const char* format_name = "glassflow checkpoint";
constexpr unsigned format_version = 1;
constexpr std::size_t max_text_bytes = 256 << 10;

using Value = rapidjson::Value;

template <typename Writer>
void text_member(Writer& writer, const char* key, std::string_view value) {
    writer.Key(key);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

template <typename Writer>
void members(Writer& writer, const Checkpoint& checkpoint) {
    text_member(writer, "format", format_name);
    writer.Key("version");
    writer.Uint(format_version);
    text_member(writer, "system_identifier", checkpoint.system_identifier);
    writer.Key("timeline");
    writer.Uint(checkpoint.timeline);
    text_member(writer, "server_started", checkpoint.server_started);
    text_member(writer, "database", checkpoint.database);
    text_member(writer, "slot", checkpoint.slot);
    text_member(writer, "plugin", checkpoint.plugin);
    text_member(writer, "confirmed_lsn", to_string(checkpoint.confirmed));
    text_member(writer, "time", checkpoint.time);
    writer.Key("gaps");
    writer.StartArray();
    for (const Gap& gap : checkpoint.gaps) {
        writer.StartObject();
        text_member(writer, "from", to_string(gap.from));
        text_member(writer, "to", to_string(gap.to));
        text_member(writer, "time", gap.time);
        text_member(writer, "reason", gap.reason);
        writer.EndObject();
    }
    writer.EndArray();
}

// FNV-1a, 64 bits: against torn writes and slips of the hand, not against forgers.
std::string checksum(const Checkpoint& checkpoint) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    members(writer, checkpoint);
    writer.EndObject();
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : std::string_view(buffer.GetString(), buffer.GetSize()))
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
    return text.data();
}

const Value& member(const Value& object, const char* key) {
    const auto found = object.FindMember(key);
    if (found == object.MemberEnd())
        throw CheckpointError(std::string("it has no member \"") + key + "\"");
    return found->value;
}

std::string text_of(const Value& object, const char* key) {
    const Value& value = member(object, key);
    if (!value.IsString())
        throw CheckpointError(std::string("its member \"") + key + "\" is not a text");
    return {value.GetString(), value.GetStringLength()};
}

unsigned number_of(const Value& object, const char* key) {
    const Value& value = member(object, key);
    if (!value.IsUint())
        throw CheckpointError(std::string("its member \"") + key + "\" is not a number");
    return value.GetUint();
}

event::Lsn lsn_of(const Value& object, const char* key) {
    const auto lsn = event::parse_lsn(text_of(object, key));
    if (!lsn)
        throw CheckpointError(std::string("its member \"") + key + "\" is not an LSN");
    return *lsn;
}

std::vector<Gap> gaps_of(const Value& object) {
    const Value& value = member(object, "gaps");
    if (!value.IsArray())
        throw CheckpointError("its member \"gaps\" is not a list");
    std::vector<Gap> gaps;
    for (const Value& gap : value.GetArray()) {
        if (!gap.IsObject())
            throw CheckpointError("its member \"gaps\" holds something else than gaps");
        gaps.push_back({lsn_of(gap, "from"), lsn_of(gap, "to"), text_of(gap, "time"), text_of(gap, "reason")});
    }
    return gaps;
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    members(writer, checkpoint);
    text_member(writer, "checksum", checksum(checkpoint));
    writer.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Checkpoint parse_checkpoint(std::string_view text) {
    if (text.empty())
        throw CheckpointError("it is empty");
    if (text.size() > max_text_bytes)
        throw CheckpointError("it is larger than any checkpoint");
    rapidjson::Document document;
    // Iterative, so that brackets without end do not exhaust the stack.
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject())
        throw CheckpointError("it is not a JSON object: torn, or not a checkpoint");
    if (text_of(document, "format") != format_name)
        throw CheckpointError("it is not a checkpoint");
    if (const unsigned version = number_of(document, "version"); version != format_version)
        throw CheckpointError("it is of version " + std::to_string(version) + ", and this collector knows version " +
                              std::to_string(format_version));
    Checkpoint checkpoint;
    checkpoint.system_identifier = text_of(document, "system_identifier");
    checkpoint.timeline = number_of(document, "timeline");
    checkpoint.server_started = text_of(document, "server_started");
    checkpoint.database = text_of(document, "database");
    checkpoint.slot = text_of(document, "slot");
    checkpoint.plugin = text_of(document, "plugin");
    checkpoint.confirmed = lsn_of(document, "confirmed_lsn");
    checkpoint.time = text_of(document, "time");
    checkpoint.gaps = gaps_of(document);
    if (text_of(document, "checksum") != checksum(checkpoint))
        throw CheckpointError("its checksum does not fit: it was damaged or altered");
    return checkpoint;
}

}  // namespace glassflow::delivery
