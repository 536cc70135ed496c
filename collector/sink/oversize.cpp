// The text is looked at, not rebuilt: it is cut into the members that may go and what stands between, and put together
// again. RapidJSON says before that it is JSON, which is all that finding the ends of values needs.
#include "sink/oversize.h"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <set>
#include <vector>

namespace glassflow::sink {

namespace {

constexpr std::string_view marker = "\"_truncated\":[";

bool is_json(std::string_view text) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::BaseReaderHandler<> handler;
    rapidjson::Reader reader;
    return !reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(stream, handler)
                .IsError();
}

// Walks over JSON that is known to be valid. Iterative: nesting must not use up the stack.
class Walker {
public:
    Walker(std::string_view text, std::size_t position) : text_(text), position_(position) { skip_blanks(); }

    char peek() const { return text_[position_]; }
    std::size_t position() const { return position_; }
    void take() {
        ++position_;
        skip_blanks();
    }
    // A value, and the blanks behind it; returns where the value ends.
    std::size_t skip_value() {
        std::size_t depth = 0;
        do {
            const char c = text_[position_];
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++position_;
            } else if (c == '}' || c == ']') {
                --depth;
                ++position_;
            } else if (c == ',' || c == ':' || is_blank(c)) {
                ++position_;
            } else {
                while (position_ < text_.size() && !is_end(text_[position_])) {
                    ++position_;
                }
            }
        } while (depth > 0);
        const auto end = position_;
        skip_blanks();
        return end;
    }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    static bool is_end(char c) { return c == ',' || c == '}' || c == ']' || is_blank(c); }

    void skip_blanks() {
        while (position_ < text_.size() && is_blank(text_[position_])) {
            ++position_;
        }
    }
    void skip_string() {
        for (++position_; text_[position_] != '"'; ++position_) {
            position_ += text_[position_] == '\\' ? 1 : 0;
        }
        ++position_;
    }

    std::string_view text_;
    std::size_t position_;
};

std::string unescape(std::string_view quoted) {
    rapidjson::Document document;
    document.Parse(quoted.data(), quoted.size());
    return {document.GetString(), document.GetStringLength()};
}

struct Member {
    std::string name;        // of an object's member
    std::string_view text;   // "name":value, or an array's element
    std::string_view value;  // of an object's member
};

// The members of the object, or elements of the array, that begins at the text's beginning.
std::vector<Member> members_of(std::string_view text) {
    std::vector<Member> members;
    Walker walker(text, 0);
    const bool is_object = walker.peek() == '{';
    walker.take();
    while (walker.peek() != '}' && walker.peek() != ']') {
        Member member;
        const auto begin = walker.position();
        auto end = walker.skip_value();
        if (is_object) {
            member.name = unescape(text.substr(begin, end - begin));
            walker.take();  // the colon
            const auto value_begin = walker.position();
            end = walker.skip_value();
            member.value = text.substr(value_begin, end - value_begin);
        }
        member.text = text.substr(begin, end - begin);
        members.push_back(std::move(member));
        if (walker.peek() == ',') {
            walker.take();
        }
    }
    return members;
}

std::string quoted(std::string_view text) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return {buffer.GetString(), buffer.GetSize()};
}

class Truncation {
public:
    Truncation(std::string_view event, std::string_view key, EventShape shape)
        : shape_(shape), top_(members_of(event)) {
        if (!key.empty() && is_json(key) && key.front() == '{') {
            for (auto& member : members_of(key)) {
                key_.insert(std::move(member.name));
            }
        }
        for (auto& member : top_) {
            find_candidates(member);
        }
        std::ranges::stable_sort(candidates_, [](const auto& a, const auto& b) { return a.gain > b.gain; });
        bytes_ = event.size();
    }

    std::optional<std::string> cut_to(std::size_t limit_bytes) {
        bytes_ += marker.size() + 2;  // with its comma and bracket
        std::size_t count = 0;
        for (; count < candidates_.size() && bytes_ > limit_bytes; ++count) {
            const auto& candidate = candidates_[count];
            bytes_ += quoted(candidate.path).size() + 1;
            bytes_ -= std::min(bytes_, candidate.gain);
            gone_.insert(candidate.text.data());
            names_ += (names_.empty() ? "" : ",") + quoted(candidate.path);
        }
        auto text = write();
        if (text.size() > limit_bytes || !is_json(text)) {
            return std::nullopt;
        }
        return text;
    }

private:
    struct Candidate {
        std::string path;
        std::string_view text;
        std::size_t gain;  // bytes
    };

    bool is_container(const std::string& name) const {
        return (shape_ == EventShape::envelope && (name == "data" || name == "before")) ||
               (shape_ == EventShape::wal2json && (name == "columns" || name == "identity"));
    }

    void find_candidates(const Member& member) {
        if (shape_ == EventShape::flat || shape_ == EventShape::row) {
            const bool can_be_empty = member.value.find_first_of("\"[{") == 0;
            if (!member.name.starts_with('_') && !key_.contains(member.name) &&
                (shape_ == EventShape::row || can_be_empty)) {
                candidates_.push_back(
                    {member.name, member.text, member.value.size() - std::min<std::size_t>(2, member.value.size())});
            }
            return;
        }
        if (!is_container(member.name) || (member.value.front() != '{' && member.value.front() != '[')) {
            return;
        }
        for (const auto& part : members_of(member.value)) {
            const auto name = shape_ == EventShape::envelope ? part.name : column_name(part.text);
            if (!key_.contains(name)) {
                candidates_.push_back({member.name + "." + name, part.text, part.text.size()});
            }
        }
    }

    static std::string column_name(std::string_view element) {
        if (element.front() == '{') {
            for (const auto& member : members_of(element)) {
                if (member.name == "name" && member.value.front() == '"') {
                    return unescape(member.value);
                }
            }
        }
        return {};
    }

    std::string write() const {
        std::string text = "{";
        for (const auto& member : top_) {
            if (gone_.contains(member.text.data()) && shape_ == EventShape::row) {
                continue;
            }
            text += text.size() > 1 ? "," : "";
            if (gone_.contains(member.text.data())) {
                text += quoted(member.name) + ":" + emptied(member.value);
            } else if (is_container(member.name) && member.value.find_first_of("{[") == 0) {
                text += quoted(member.name) + ":" + kept(member.value);
            } else {
                text += member.text;
            }
        }
        return text + (text.size() > 1 ? "," : "") + std::string(marker) + names_ + "]}";
    }

    std::string kept(std::string_view container) const {
        std::string text(1, container.front());
        for (const auto& part : members_of(container)) {
            if (!gone_.contains(part.text.data())) {
                text += (text.size() > 1 ? "," : "") + std::string(part.text);
            }
        }
        return text + container.back();
    }

    static std::string emptied(std::string_view value) {
        return value.front() == '"' ? "\"\"" : value.front() == '[' ? "[]" : "{}";
    }

    EventShape shape_;
    std::vector<Member> top_;
    std::set<std::string> key_;
    std::vector<Candidate> candidates_;  // largest first
    std::set<const char*> gone_;         // where their texts begin
    std::string names_;
    std::size_t bytes_ = 0;
};

}  // namespace

EventShape shape_of(std::string_view form) {
    return form == "wal2json" ? EventShape::wal2json
           : form == "flat"   ? EventShape::flat
           : form == "row"    ? EventShape::row
                              : EventShape::envelope;
}

std::optional<std::string> without_largest_values(std::string_view event, std::string_view key, EventShape shape,
                                                  std::size_t limit_bytes) {
    if (!is_json(event) || event.empty() || event.front() != '{') {
        return std::nullopt;
    }
    return Truncation(event, key, shape).cut_to(limit_bytes);
}

}  // namespace glassflow::sink
