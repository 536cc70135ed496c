// Who is told what a decoder finds. Calls come in stream order, from one thread.
#pragma once

#include "event/change.h"

namespace glassflow::event {

class EventHandler {
public:
    virtual ~EventHandler() = default;

    virtual void session(const Session&) {}
    // Relations told before are about to be described anew in their place, or forgotten: whoever still holds changes of
    // them must let go now. Pure, so that a handler before another one cannot forget to pass it on.
    virtual void relations_change() = 0;
    virtual void relation(const Relation&) {}  // new or described again
    virtual void begin(const Transaction&) = 0;
    virtual void row(const RowChange&) = 0;
    virtual void truncate(const Truncate&) = 0;
    virtual void message(const LogicalMessage&) = 0;
    virtual void commit(const Transaction&) = 0;  // end_lsn is set; the change count was checked by the decoder
};

}  // namespace glassflow::event
