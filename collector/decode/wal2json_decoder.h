// JSON of the plugin wal2json, format-version 1 or 2 -> events.
//
// Format-version 2 tells the position of each change. Version 1 tells one document per transaction with its end alone:
// there a change's identity is (end of the transaction, ordinal in the document), which is as stable as the options of
// the slot's reader. What wal2json does not tell is in docs/other_plugins.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/change_position.h"
#include "decode/decoder.h"
#include "decode/row_memory.h"
#include "decode/wal2json_document.h"
#include "decode/wal2json_relations.h"

namespace glassflow::decode {

class Wal2jsonDecoder final : public Decoder {
public:
    explicit Wal2jsonDecoder(CatalogColumns catalog = {}) : relations_(std::move(catalog)) {}

    void decode(std::string_view message, event::Lsn start, event::EventHandler& handler) override;
    void reset() override;

private:
    void take(JsonFormat format, const JsonTransaction& told, const JsonChange& change, event::Lsn start,
              event::EventHandler& handler);
    void take_begin(const JsonTransaction& told, const JsonChange& change);
    void take_commit(const JsonTransaction& told, const JsonChange& change, event::EventHandler& handler);
    void begin_whole(const JsonTransaction& told);
    void take_row(JsonFormat format, const JsonChange& change, event::Lsn lsn, event::EventHandler& handler);
    void take_truncate(JsonFormat format, const JsonChange& change, event::Lsn lsn, event::EventHandler& handler);
    void take_message(JsonFormat format, const JsonChange& change, event::Lsn lsn, event::EventHandler& handler);

    const event::Transaction& tell_transaction(event::EventHandler& handler);
    void end_transaction(event::EventHandler& handler);
    event::ChangeId next_id(JsonFormat format, event::Lsn lsn);
    event::Value value_of(const JsonColumn& told, const event::Column& column);
    void read_new_row(const JsonChange& change, const event::Relation& relation);
    void read_old_row(const JsonChange& change, const event::Relation& relation);

    Wal2jsonDocument document_;
    Wal2jsonRelations relations_;
    std::optional<event::Transaction> transaction_;  // the open one
    bool is_told_ = false;                           // the handler knows of it
    std::uint32_t ordinal_ = 0;                      // of the next change in a document of format-version 1
    ChangePosition position_;
    RowMemory row_memory_;
    std::vector<event::Value> new_row_;
    std::vector<event::Value> old_row_;
};

}  // namespace glassflow::decode
