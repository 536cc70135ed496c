// An EventHandler that keeps what it is told, as text that a test can compare and that outlives the frame. As delivery
// does, it holds on to the relations of rows until it is told to let go, and sees that nobody changes them under it.
#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "event/event_handler.h"

namespace glassflow::decode::test {

inline std::string describe(const event::Value& value) {
    using Kind = event::Value::Kind;
    std::ostringstream out;
    switch (value.kind) {
        case Kind::null:
            return "null";
        case Kind::unchanged_toast:
            return "unchanged";
        case Kind::too_large:
            out << "too_large:" << value.size_bytes;
            break;
        case Kind::infinity:
            return "infinity";
        case Kind::negative_infinity:
            return "-infinity";
        case Kind::boolean:
            return value.boolean ? "true" : "false";
        case Kind::integer:
            out << value.integer;
            break;
        case Kind::real:
            out << "real:" << std::hexfloat << value.real;
            break;
        case Kind::text:
            out << "'" << value.view << "'";
            break;
        case Kind::bytes:
            out << "x";
            for (const char byte : value.view)
                out << "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4]
                    << "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xF];
            break;
        case Kind::parts:
            out << "[";
            for (const event::Value& part : value.parts())
                out << (&part == value.first_part ? "" : ", ") << describe(part);
            out << "]";
            break;
    }
    return out.str();
}

inline std::string describe(std::span<const event::Value> row) {
    std::string text = "(";
    for (const event::Value& value : row)
        text += (text.size() > 1 ? ", " : "") + describe(value);
    return text + ")";
}

inline std::string describe(const event::Relation& relation) {
    std::ostringstream out;
    out << relation.id << " " << relation.schema << "." << relation.table << " "
        << static_cast<char>(relation.identity);
    for (const event::Column& column : relation.columns)
        out << " " << column.name << ":" << column.type << (column.is_key ? "*" : "");
    return out.str();
}

class EventRecorder : public event::EventHandler {
public:
    void session(const event::Session& session) override {
        say() << "session " << session.protocol_version << " " << session.plugin_version << " "
              << session.server_version_num << " " << session.server_encoding;
        keep();
    }
    void relations_change() override { held_.clear(); }
    void relation(const event::Relation& relation) override {
        say() << "relation " << describe(relation);
        keep();
    }
    void begin(const event::Transaction& transaction) override {
        say() << "begin " << transaction.xid << " " << event::to_string(transaction.commit_lsn) << " "
              << transaction.commit_time_us;
        if (!transaction.origin.empty())
            out_ << " from " << transaction.origin << " " << event::to_string(transaction.origin_lsn);
        keep();
    }
    void row(const event::RowChange& change) override {
        const char* const names[] = {"insert", "update", "delete"};
        say() << names[static_cast<int>(change.operation)] << " " << change.relation->table << " "
              << event::to_string(change.id.lsn) << "-" << change.id.index;
        if (!change.new_row.empty())
            out_ << " new" << describe(change.new_row);
        if (!change.old_row.empty())
            out_ << " old" << describe(change.old_row);
        keep();
        held_.emplace_back(change.relation, describe(*change.relation));
    }
    void truncate(const event::Truncate& truncate) override {
        say() << "truncate " << truncate.relation->table << " " << event::to_string(truncate.id.lsn) << "-"
              << truncate.id.index << (truncate.cascade ? " cascade" : "")
              << (truncate.restart_identity ? " restart" : "");
        keep();
    }
    void message(const event::LogicalMessage& message) override {
        say() << "message " << event::to_string(message.lsn) << " "
              << (message.transaction != nullptr ? "transactional" : "at once") << " " << message.prefix << " "
              << message.content;
        if (message.omitted_content_bytes > 0)
            out_ << "too_large:" << message.omitted_content_bytes;
        keep();
    }
    void commit(const event::Transaction& transaction) override {
        say() << "commit " << event::to_string(transaction.commit_lsn) << " " << event::to_string(transaction.end_lsn);
        keep();
    }

    std::vector<std::string> events;

private:
    std::ostringstream& say() {
        out_.str("");
        return out_;
    }
    void keep() {
        for (const auto& [relation, text] : held_)
            EXPECT_EQ(describe(*relation), text) << "described anew while a row of it was held";
        events.push_back(out_.str());
    }

    std::ostringstream out_;
    std::vector<std::pair<const event::Relation*, std::string>> held_;
};

}  // namespace glassflow::decode::test
