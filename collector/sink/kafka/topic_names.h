// A table -> the name of its topic, by a template such as "{database}.{schema}.{table}".
//
// Kafka's names are 1 to 249 characters of A-Z a-z 0-9 . _ -. A name that is not like that, or that another table could
// have as well (the schema "a.b" with the table "c", and "a" with "b.c"), gets its foreign characters replaced by "_"
// and a hash of what it was at its end: "shop.public._____-1f0c93e2a4b5d687". The name is a function of template,
// database and table alone, the same after each start. Two tables share a topic only when the template does not tell
// them apart, "{table}" or a fixed name, which is the wish of who wrote it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glassflow::sink::kafka {

class TopicTemplate {
public:
    // Throws SinkError when text is no template. option names it in errors.
    TopicTemplate(std::string_view text, std::string_view option, std::string_view database);

    std::string topic_of(std::string_view schema, std::string_view table) const;
    // What the template tells of a table: tables that are equal in it share a topic because a person wants it so.
    std::string identity_of(std::string_view schema, std::string_view table) const;
    bool is_fixed() const { return !has_schema_ && !has_table_; }  // the same for all tables

private:
    enum class Part { literal, database, schema, table };
    struct Piece {
        Part part;
        std::string text;  // of a literal
    };

    bool is_ambiguous(std::string_view schema, std::string_view table) const;

    std::string database_;
    std::vector<Piece> pieces_;
    bool has_schema_ = false;
    bool has_table_ = false;
    Part first_ = Part::literal;  // of schema and table, when it has both
    std::string between_;         // what stands between them
};

// Which tables share a topic, as seen so far: the last safeguard against a collision of hashes.
class TopicOwners {
public:
    // Throws SinkError when topic belongs to what the template told apart from this table.
    void claim(const std::string& topic, const std::string& identity);

private:
    std::map<std::string, std::string> owners_;
};

constexpr std::size_t longest_topic_bytes = 249;

bool is_legal_topic(std::string_view topic);

}  // namespace glassflow::sink::kafka
