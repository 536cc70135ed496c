#include "format/event_fields.h"

#include "format/date_time.h"
#include "format/integer_text.h"

namespace glassflow::format {

void EventFields::write_head(JsonWriter& writer, char operation, std::string_view event_id, event::Lsn lsn) {
    writer.key("_op");
    writer.plain_string({&operation, 1});
    writer.key("_event_id");
    writer.plain_string(event_id);
    writer.key("_version");
    text_.clear();
    append_integer(text_, lsn.value);
    version_ == VersionStyle::string ? writer.plain_string(text_) : writer.number(text_);
    writer.key("_is_deleted");
    writer.unsigned_integer(operation == 'd' || operation == 't' ? 1 : 0);
}

void EventFields::write_transaction(JsonWriter& writer, const event::Transaction& transaction) {
    const bool is_written = !transaction_text_.empty() && written_.xid == transaction.xid &&
                            written_.commit_time_us == transaction.commit_time_us;
    if (!is_written) {
        JsonWriter of_transaction;
        text_.clear();
        append_rfc3339_timestamptz(text_, transaction.commit_time_us);
        of_transaction.field("_commit_ts", text_);
        of_transaction.key("_xid");
        of_transaction.unsigned_integer(transaction.xid);
        transaction_text_ = of_transaction.take();
        written_ = transaction;
    }
    writer.fields(transaction_text_);
}

}  // namespace glassflow::format
