// Plain names stay as they are. Everything else ends in "-" and 16 hex digits, and a plain name that would end so is
// treated as if it were not plain, so the two kinds never meet.
#include "sink/kafka/topic_names.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sink/sink.h"

namespace glassflow::sink::kafka {

namespace {

constexpr std::size_t hash_digits = 16;

bool is_legal(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    }
    return hash;
}

std::string hash_text(std::uint64_t hash) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(hash_digits, '0');
    for (std::size_t i = hash_digits; i-- > 0; hash >>= 4) {
        text[i] = digits[hash & 15];
    }
    return text;
}

bool ends_like_a_hash(std::string_view topic) {
    if (topic.size() < hash_digits + 1) {
        return false;
    }
    const auto tail = topic.substr(topic.size() - hash_digits - 1);
    return tail.front() == '-' && tail.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

}  // namespace

bool is_legal_topic(std::string_view topic) {
    return !topic.empty() && topic.size() <= longest_topic_bytes && std::ranges::all_of(topic, is_legal) &&
           topic != "." && topic != "..";
}

TopicTemplate::TopicTemplate(std::string_view text, std::string_view option, std::string_view database)
    : database_(database) {
    const auto refuse = [&](const std::string& what, const std::string& hint) {
        throw SinkError(std::string(option) + " " + what, hint);
    };
    if (text.empty()) {
        refuse("is empty", "Write a topic's name; {database}, {schema} and {table} stand for the table's.");
    }
    bool is_between = false;
    while (!text.empty()) {
        const auto open = text.find('{');
        if (open != 0) {
            const auto literal = text.substr(0, open);
            if (!std::ranges::all_of(literal, is_legal)) {
                refuse("holds a character that Kafka does not allow in a topic's name",
                       "Use A-Z, a-z, 0-9, '.', '_' and '-', and {database}, {schema}, {table}.");
            }
            pieces_.push_back({Part::literal, std::string(literal)});
            between_ += is_between ? literal : "";
            text.remove_prefix(literal.size());
            continue;
        }
        const auto close = text.find('}');
        const auto word = text.substr(0, close == std::string_view::npos ? text.size() : close + 1);
        const auto part = word == "{database}" ? Part::database
                          : word == "{schema}" ? Part::schema
                          : word == "{table}"  ? Part::table
                                               : Part::literal;
        if (part == Part::literal) {
            refuse("holds a placeholder that there is not", "Known are {database}, {schema} and {table}.");
        }
        for (const auto& piece : pieces_) {
            if (piece.part == part) {
                refuse("holds a placeholder twice", "Use each of {database}, {schema} and {table} once at most.");
            }
        }
        if (part != Part::database) {
            (part == Part::schema ? has_schema_ : has_table_) = true;
            first_ = first_ == Part::literal ? part : first_;
            is_between = !is_between;
        } else if (is_between) {
            between_ += database_;
        }
        pieces_.push_back({part, {}});
        text.remove_prefix(word.size());
    }
    if (has_schema_ && has_table_ && between_.empty()) {
        refuse("has nothing between {schema} and {table}",
               "Put a character between them, or two tables could have one topic.");
    }
    std::size_t literal_bytes = 0;
    for (const auto& piece : pieces_) {
        literal_bytes += piece.text.size();
    }
    const bool needs_no_hash = pieces_.size() == 1 && pieces_.front().part == Part::literal;
    if (literal_bytes > longest_topic_bytes - (needs_no_hash ? 0 : hash_digits + 1)) {
        refuse("is too long", "Kafka's names have 249 characters at most.");
    }
}

std::string TopicTemplate::topic_of(std::string_view schema, std::string_view table) const {
    std::string topic;
    auto hash = 14695981039346656037ull;
    for (const auto& piece : pieces_) {
        const auto text = piece.part == Part::literal    ? std::string_view(piece.text)
                          : piece.part == Part::database ? std::string_view(database_)
                          : piece.part == Part::schema   ? schema
                                                         : table;
        topic += text;
        hash = fnv1a(text, hash);
        hash = fnv1a(std::string_view("\0", 1), hash);  // names hold no such byte: the parts stay apart
    }
    if (is_legal_topic(topic) && !ends_like_a_hash(topic) && !is_ambiguous(schema, table)) {
        return topic;
    }
    if (is_fixed() && is_legal_topic(topic)) {
        return topic;  // written by a person as it is
    }
    std::ranges::replace_if(
        topic, [](char c) { return !is_legal(c); }, '_');
    topic.resize(std::min(topic.size(), longest_topic_bytes - hash_digits - 1));
    return topic + "-" + hash_text(hash);
}

std::string TopicTemplate::identity_of(std::string_view schema, std::string_view table) const {
    std::string identity(has_schema_ ? schema : std::string_view());
    identity += '\0';
    return identity += has_table_ ? table : std::string_view();
}

// Where the first name ends is told by the first character of what stands between: only if the first name has none.
bool TopicTemplate::is_ambiguous(std::string_view schema, std::string_view table) const {
    return has_schema_ && has_table_ &&
           (first_ == Part::schema ? schema : table).find(between_.front()) != std::string_view::npos;
}

void TopicOwners::claim(const std::string& topic, const std::string& identity) {
    const auto [owner, is_new] = owners_.try_emplace(topic, identity);
    if (!is_new && owner->second != identity) {
        throw SinkError("two tables would share the topic " + topic,
                        "Choose another topic template, or send them through sinks of their own.");
    }
}

}  // namespace glassflow::sink::kafka
