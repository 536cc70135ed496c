// Values that are compressed, or were toasted and put together from the WAL.
#include "varlena_value.h"

namespace glassflow {

std::string_view detoasted_bytes(Datum value) {
    auto* pointer = reinterpret_cast<struct varlena*>(DatumGetPointer(value));
    if (VARATT_IS_EXTERNAL_INDIRECT(pointer)) {
        // Changed TOAST: look through, and copy only what is compressed.
        struct varatt_indirect redirect;
        VARATT_EXTERNAL_GET_POINTER(redirect, pointer);
        pointer = redirect.pointer;
    }
    pointer = pg_detoast_datum_packed(pointer);
    return {VARDATA_ANY(pointer), VARSIZE_ANY_EXHDR(pointer)};
}

}  // namespace glassflow
