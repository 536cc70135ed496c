// The look-up. An ERROR in it leaves the entry empty.
#include "enum_labels.h"

namespace glassflow {

void EnumLabels::look_up(Entry& entry, FmgrInfo& output, Oid value) {
    entry.value = InvalidOid;
    const std::string_view label = OutputFunctionCall(&output, ObjectIdGetDatum(value));
    entry.label_bytes = static_cast<std::uint32_t>(Min(label.size(), sizeof(entry.label)));
    memcpy(entry.label, label.data(), entry.label_bytes);
    entry.value = value;
}

}  // namespace glassflow
