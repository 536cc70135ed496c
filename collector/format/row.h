// Events -> the row form: nothing but the row's columns, as in the envelope's "data". For destinations that say
// elsewhere what happened: attributes of an OTLP log record, headers of a Kafka record.
#pragma once

#include "format/keyed_format.h"
#include "format/row_object.h"

namespace glassflow::format {

class Row final : public KeyedFormat {
public:
    explicit Row(const FormatOptions& options) : KeyedFormat(options, nullptr), row_(options.arrays, relation_text()) {}

private:
    void write_upsert(const event::RowChange& change, char, std::string_view) override {
        row_.write_new_row(writer(), change);
    }
    void write_delete(const event::RowChange& change, std::string_view) override {
        row_.write_old_key(writer(), change);
    }
    void write_truncate(const event::Truncate& truncate, std::string_view) override {
        RowObject::write_truncate(writer(), truncate);
    }
    void write_message(const event::LogicalMessage& message, std::string_view) override {
        RowObject::write_message(writer(), message);
    }

    RowObject row_;
};

}  // namespace glassflow::format
