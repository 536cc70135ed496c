// Attributes of a descriptor -> their layout.
#include "tuple_layout.h"

namespace glassflow {

namespace {

std::uint8_t alignment_bytes(char alignment) {
    switch (alignment) {
        case TYPALIGN_CHAR:
            return 1;
        case TYPALIGN_SHORT:
            return ALIGNOF_SHORT;
        case TYPALIGN_INT:
            return ALIGNOF_INT;
        default:
            return ALIGNOF_DOUBLE;
    }
}

}  // namespace

TupleLayout plan_layout(TupleDesc descriptor, MemoryContext context) {
    const auto count = static_cast<std::size_t>(descriptor->natts);
    auto* attributes = static_cast<AttributeLayout*>(
        MemoryContextAlloc(context, Max(std::size_t{1}, count) * sizeof(AttributeLayout)));
    for (std::size_t i = 0; i < count; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, static_cast<int>(i));
        attributes[i] = {.length = attribute->attlen,
                         .alignment = alignment_bytes(attribute->attalign),
                         .is_by_value = attribute->attbyval,
                         .column = -1};
    }
    return {attributes, count};
}

}  // namespace glassflow
