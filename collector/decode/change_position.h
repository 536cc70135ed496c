// The LSN of each change of a transaction -> its identity: which of the changes of that WAL record it is.
//
// Changes of one record (COPY writes many rows into one) come one after the other, so counting those with the same LSN
// is enough as long as the plugin leaves none of them out.
#pragma once

#include "event/change.h"

namespace glassflow::decode {

class ChangePosition {
public:
    void begin_transaction() { has_previous_ = false; }

    event::ChangeId next(event::Lsn lsn) {
        const bool is_same_record = has_previous_ && lsn == previous_.lsn;
        previous_ = {.lsn = lsn, .index = is_same_record ? previous_.index + 1 : 0};
        has_previous_ = true;
        return previous_;
    }

private:
    event::ChangeId previous_;
    bool has_previous_ = false;
};

}  // namespace glassflow::decode
