#include "delivery/dead_letter_line.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <limits>
#include <utility>

#include "delivery/dead_letter.h"
#include "event/lsn.h"

namespace glassflow::delivery {

namespace {

// "16/B374D848-3" -> "16/B374D848"; empty for an id of another shape.
std::string_view lsn_of(std::string_view event_id) {
    const auto lsn = event_id.substr(0, event_id.find('-'));
    return event::parse_lsn(lsn) ? lsn : std::string_view();
}

// Refuses text that is not UTF-8 instead of making a document that nobody can read.
class LineWriter {
public:
    explicit LineWriter(std::string_view event_id) : event_id_(event_id) { writer_.StartObject(); }

    void field(const char* key, std::string_view value) {
        if (value.size() > std::numeric_limits<rapidjson::SizeType>::max())
            throw DeadLetterError("dead letter " + std::string(event_id_) + " is larger than 4 GiB", "");
        writer_.Key(key);
        const char* const text = value.empty() ? "" : value.data();
        if (!writer_.String(text, static_cast<rapidjson::SizeType>(value.size())))
            throw DeadLetterError("dead letter " + std::string(event_id_) + " is not UTF-8", "");
    }
    void field(const char* key, std::int64_t number) {
        writer_.Key(key);
        writer_.Int64(number);
    }
    std::string finish() {
        writer_.EndObject();
        return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n";
    }

private:
    const std::string_view event_id_;
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::CrtAllocator,
                      rapidjson::kWriteValidateEncodingFlag>
        writer_{buffer_};
};

// Empty when there is no such member.
std::string text_of(const rapidjson::Document& document, const char* key) {
    const auto found = document.FindMember(key);
    if (found == document.MemberEnd() || !found->value.IsString())
        return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

}  // namespace

std::string dead_letter_line(const sink::Payload& payload, std::string_view time, std::string_view sink_name,
                             std::string_view reason) {
    LineWriter line(payload.event_id);
    line.field("time", time);
    line.field("sink", sink_name);
    line.field("reason", reason);
    line.field("event_id", payload.event_id);
    line.field("lsn", lsn_of(payload.event_id));
    line.field("op", std::string_view(&payload.operation, payload.operation != 0 ? 1 : 0));
    if (payload.table != nullptr) {
        line.field("schema", payload.table->schema);
        line.field("table", payload.table->name);
    }
    if (!payload.key.empty())
        line.field("key", payload.key);
    line.field("commit_time_us", payload.commit_time_us);
    line.field("version", std::to_string(payload.version));
    line.field("payload", payload.body);
    return line.finish();
}

std::optional<DeadLetter> parse_dead_letter(std::string_view line) {
    rapidjson::Document document;
    document.Parse(line.data(), line.size());
    if (document.HasParseError() || !document.IsObject())
        return std::nullopt;
    const auto body = document.FindMember("payload");
    if (body == document.MemberEnd() || !body->value.IsString())
        return std::nullopt;
    DeadLetter letter;
    letter.time = text_of(document, "time");
    letter.sink = text_of(document, "sink");
    letter.reason = text_of(document, "reason");
    letter.event_id = text_of(document, "event_id");
    letter.body = text_of(document, "payload");
    letter.key = text_of(document, "key");
    if (document.HasMember("table"))
        letter.table = sink::Table{.schema = text_of(document, "schema"), .name = text_of(document, "table")};
    const std::string operation = text_of(document, "op");
    letter.operation = operation.empty() ? '\0' : operation.front();
    const auto commit_time = document.FindMember("commit_time_us");
    if (commit_time != document.MemberEnd() && commit_time->value.IsInt64())
        letter.commit_time_us = commit_time->value.GetInt64();
    const std::string version = text_of(document, "version");
    std::from_chars(version.data(), version.data() + version.size(), letter.version);  // stays 0 if it is none
    return letter;
}

sink::Payload payload_of(std::shared_ptr<const DeadLetter> letter) {
    sink::Payload payload;
    payload.body = letter->body;
    payload.event_id = letter->event_id;
    payload.key = letter->key;
    payload.table = letter->table ? &*letter->table : nullptr;
    payload.operation = letter->operation;
    payload.commit_time_us = letter->commit_time_us;
    payload.version = letter->version;
    payload.memory = std::move(letter);
    return payload;
}

}  // namespace glassflow::delivery
