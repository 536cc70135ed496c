// Events of all tables -> those of the tables of source.tables, for plugins that do not choose by them.
//
// A transaction of which nothing is left is not told, as our own plugin does not send it. Positions of changes were
// counted before: what is left out here changes no identity.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/event_handler.h"
#include "postgres/table_pattern.h"

namespace glassflow::delivery {

class TableFilter final : public event::EventHandler {
public:
    // patterns as in source.tables and source.exclude_tables, checked; without any of the first, every table passes
    // that none of the others names. handler is borrowed.
    TableFilter(const std::vector<std::string>& wanted, const std::vector<std::string>& excluded,
                event::EventHandler& handler);

    // Forgets the session.
    void reset();

    void session(const event::Session& session) override { handler_.session(session); }
    void relations_change() override { handler_.relations_change(); }
    void relation(const event::Relation& relation) override;
    void begin(const event::Transaction& transaction) override { begun_ = transaction; }
    void row(const event::RowChange& change) override;
    void truncate(const event::Truncate& truncate) override;
    void message(const event::LogicalMessage& message) override;
    void commit(const event::Transaction& transaction) override;

private:
    bool passes(const event::Relation& relation) const;
    void tell_begin();

    std::vector<postgres::TablePattern> wanted_;
    std::vector<postgres::TablePattern> excluded_;
    event::EventHandler& handler_;
    std::unordered_map<std::uint32_t, bool> passes_;  // by relation id
    std::optional<event::Transaction> begun_;         // and not told yet
    bool is_told_ = false;
};

}  // namespace glassflow::delivery
