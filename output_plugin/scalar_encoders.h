// Encoders of the built-in types with a native form of their own, read straight from the datum, whatever the session's
// settings.
#pragma once

#include "datum_encoder.h"

namespace glassflow {

struct ScalarEncoder {
    Oid type;
    wire::Encoding encoding;
    EncodeFunction encode;
    bool may_print;  // a value that has no native form, through the output function
};

// nullptr when the type is not one of them. It must not be a domain.
const ScalarEncoder* find_scalar_encoder(Oid type);

}  // namespace glassflow
