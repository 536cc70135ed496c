// Column by column what wire_format.h says, following the plan: what was planned as text is described as text.
#include "column_description.h"

#include "masked_encoder.h"
#include "nested_types.h"

namespace glassflow {

namespace {

// search_path is pg_catalog (session.cpp), so any other schema is in the name.
void pack_type_name(FrameWriter& frames, ServerText& text, Oid type, std::int32_t typmod) {
    char* const name = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN);
    text.pack(frames, name);
    pfree(name);
}

bool has_detail(const ColumnEncoder& encoder) {
    return encoder.encoding == wire::Encoding::decimal || encoder.nested != nullptr;
}

void pack_detail(FrameWriter& frames, ServerText& text, const ColumnEncoder& encoder);

// [type, type_oid, typmod, encoding, detail], a field with its name before that.
void pack_type_within(FrameWriter& frames, ServerText& text, const TypeWithin& within) {
    FrameBuffer& buffer = frames.buffer();
    pack_array(buffer, 4 + (within.name != nullptr ? 1 : 0) + (has_detail(within.encoder) ? 1 : 0));
    if (within.name != nullptr) {
        text.pack(frames, within.name);
    }
    pack_type_name(frames, text, within.type, within.typmod);
    pack_unsigned(buffer, within.type);
    pack_signed(buffer, within.typmod);
    pack_unsigned(buffer, static_cast<std::uint64_t>(within.encoder.encoding));
    pack_detail(frames, text, within.encoder);
}

void pack_detail(FrameWriter& frames, ServerText& text, const ColumnEncoder& encoder) {
    if (encoder.encoding == wire::Encoding::decimal) {
        pack_unsigned(frames.buffer(), encoder.scale);
    } else if (encoder.encoding == wire::Encoding::composite) {
        pack_array(frames.buffer(), encoder.nested->parts.size());
        for (const TypeWithin& field : encoder.nested->parts) {
            pack_type_within(frames, text, field);
        }
    } else if (encoder.nested != nullptr) {
        pack_type_within(frames, text, encoder.nested->parts[0]);
    }
}

}  // namespace

void pack_column(FrameWriter& frames, ServerText& text, const FormData_pg_attribute* attribute,
                 const ColumnEncoder& encoder, bool is_key) {
    FrameBuffer& buffer = frames.buffer();
    const bool is_masked = encoder.masked != nullptr;
    const bool is_never_null =
        attribute->attnotnull && !(is_masked && encoder.masked->mask->kind == ColumnMask::Kind::null);
    const std::uint32_t flags = (is_key ? wire::column_is_key : 0) | (is_never_null ? wire::column_is_not_null : 0) |
                                (attribute->attgenerated == 's' ? wire::column_is_generated : 0) |
                                (is_masked ? wire::column_is_masked : 0);
    // What is left of a masked value is text, whatever it was made of.
    const Oid type = is_masked ? TEXTOID : attribute->atttypid;
    const std::int32_t typmod = is_masked ? -1 : attribute->atttypmod;
    pack_array(buffer, has_detail(encoder) ? 7 : 6);
    text.pack(frames, NameStr(attribute->attname));
    pack_type_name(frames, text, type, typmod);
    pack_unsigned(buffer, type);
    pack_signed(buffer, typmod);
    pack_unsigned(buffer, static_cast<std::uint64_t>(encoder.encoding));
    pack_unsigned(buffer, flags);
    pack_detail(frames, text, encoder);
}

}  // namespace glassflow
