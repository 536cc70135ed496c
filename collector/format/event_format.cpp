// The name of a form -> the form.
#include "format/event_format.h"

#include <stdexcept>

#include "format/envelope.h"
#include "format/flat.h"
#include "format/row.h"
#include "format/wal2json.h"

namespace glassflow::format {

std::unique_ptr<EventFormat> make_format(FormatName name, const FormatOptions& options) {
    switch (name) {
        case FormatName::envelope:
            return std::make_unique<Envelope>(options);
        case FormatName::wal2json:
            return std::make_unique<Wal2json>(options);
        case FormatName::flat:
            return std::make_unique<Flat>(options);
        case FormatName::row:
            return std::make_unique<Row>(options);
    }
    throw std::logic_error("unknown event form");
}

}  // namespace glassflow::format
