// The fields that say what happened, which the forms envelope and flat put before a row's columns: their names begin
// with an underscore.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "event/change.h"
#include "format/json_writer.h"

namespace glassflow::format {

inline constexpr std::array<std::string_view, 8> event_field_names{"_op",     "_event_id", "_version",   "_is_deleted",
                                                                   "_schema", "_table",    "_commit_ts", "_xid"};

// "_version" is a number that a double cannot hold: a string, or a number for readers that keep all of its digits.
enum class VersionStyle : bool { string, number };

class EventFields {
public:
    explicit EventFields(VersionStyle version) : version_(version) {}

    void write_head(JsonWriter& writer, char operation, std::string_view event_id, event::Lsn lsn);
    void write_transaction(JsonWriter& writer, const event::Transaction& transaction);

private:
    const VersionStyle version_;
    event::Transaction written_;    // the transaction that transaction_text_ is of
    std::string transaction_text_;  // "_commit_ts":"...","_xid":741
    std::string text_;              // scratch
};

}  // namespace glassflow::format
