#include "sink/kafka/position.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>

namespace glassflow::sink::kafka {

namespace {

void write_string(rapidjson::Writer<rapidjson::StringBuffer>& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::optional<std::string> text_of(const rapidjson::Document& document, const char* name) {
    const auto member = document.FindMember(name);
    if (member == document.MemberEnd() || !member->value.IsString()) {
        return std::nullopt;
    }
    return std::string(member->value.GetString(), member->value.GetStringLength());
}

}  // namespace

std::string position_text(const Position& position) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    writer.Key("stream");
    write_string(writer, position.stream);
    writer.Key("transaction");  // a string: readers in other languages take numbers for doubles
    write_string(writer, std::to_string(position.transaction));
    writer.Key("event_id");
    write_string(writer, position.event_id);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<Position> parse_position(std::string_view text) {
    rapidjson::Document document;
    // Iterative: the topic may hold anyone's bytes, and their nesting must not use up the stack.
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject()) {
        return std::nullopt;
    }
    auto stream = text_of(document, "stream");
    auto transaction = text_of(document, "transaction");
    auto event_id = text_of(document, "event_id");
    if (!stream || !transaction || !event_id || event_id->empty()) {
        return std::nullopt;
    }
    Position position{std::move(*stream), 0, std::move(*event_id)};
    const auto* const end = transaction->data() + transaction->size();
    const auto [stopped, error] = std::from_chars(transaction->data(), end, position.transaction);
    if (error != std::errc() || stopped != end) {
        return std::nullopt;
    }
    return position;
}

ResumeFilter::Verdict ResumeFilter::judge(std::uint64_t transaction, std::string_view event_id) {
    if (!position_) {
        return Verdict::produce;
    }
    if (transaction > position_->transaction) {
        if (holds_) {
            return Verdict::conflict;
        }
        position_.reset();  // the source has it confirmed, and begins behind it
        return Verdict::produce;
    }
    if (transaction == position_->transaction && event_id == position_->event_id) {
        position_.reset();
        return Verdict::found;
    }
    holds_ = true;
    return Verdict::hold;
}

}  // namespace glassflow::sink::kafka
