// What the forms for GlassFlow ETL have in common: each payload tells the newest state of one key. A row that is there
// (again), or a key that is gone.
//
// An update that changes the key becomes two payloads: a delete of the old key, whose event id ends in d, then an
// insert of the new one. A table that is merged by key would otherwise keep the old row for ever.
#pragma once

#include "format/event_format.h"
#include "format/json_writer.h"
#include "format/record_key.h"
#include "format/relation_text.h"

namespace glassflow::format {

class KeyedFormat : public EventFormat {
public:
    KeyedFormat(const FormatOptions& options, RelationText::Naming naming)
        : options_(options), relation_text_(naming) {}

    void relation(const event::Relation& relation) final { relation_text_.described(relation); }
    void row(const event::RowChange& change, PayloadWriter& out) final;
    void truncate(const event::Truncate& truncate, PayloadWriter& out) final;
    void message(const event::LogicalMessage& message, PayloadWriter& out) final;

protected:
    // Each writes one object into writer. operation is 'c' or 'u'; the change has a new row.
    virtual void write_upsert(const event::RowChange& change, char operation, std::string_view event_id) = 0;
    virtual void write_delete(const event::RowChange& change, std::string_view event_id) = 0;
    virtual void write_truncate(const event::Truncate& truncate, std::string_view event_id) = 0;
    virtual void write_message(const event::LogicalMessage& message, std::string_view event_id) = 0;

    JsonWriter& writer() { return writer_; }
    RelationText& relation_text() { return relation_text_; }

private:
    void add_upsert(const event::RowChange& change, char operation, PayloadWriter& out);
    void add_delete(const event::RowChange& change, std::string_view id_suffix, PayloadWriter& out);
    std::string_view key_of(const event::RowChange& change, event::RowSide side);

    const FormatOptions options_;
    JsonWriter writer_;
    RecordKey record_key_;
    RelationText relation_text_;
};

}  // namespace glassflow::format
