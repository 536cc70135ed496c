// One step per kind of type. Planning stops at the first type beyond the bounds, so that a few types made of each other
// cannot keep it busy: eight levels of ten fields would be a hundred million.
#include "nested_types.h"

#include "nested_encoders.h"
#include "numeric_text.h"
#include "scalar_encoders.h"
#include "text_encoders.h"

namespace glassflow {

namespace {

// Of numeric(precision, scale); 0 without one, and where it is more than a decimal's may be: there every value that has
// decimals is its text. So it is of a negative one, which is a high one without its sign: such values have no decimals.
std::uint8_t decimal_scale(Oid type, std::int32_t typmod) {
    constexpr std::int32_t scale_mask = 0x7ff;
    if (type != NUMERICOID || typmod < VARHDRSZ) {
        return 0;
    }
    const std::int32_t scale = (typmod - VARHDRSZ) & scale_mask;
    return static_cast<std::uint8_t>(scale > max_decimal_scale ? 0 : scale);
}

// Types whose value is its text: recognised by the function, so that citext and its like are found as well.
bool prints_its_bytes(PGFunction output) {
    return output == textout || output == varcharout || output == bpcharout || output == json_out;
}

}  // namespace

struct TypePlanner::Type {
    Oid oid;  // no domain
    std::int32_t typmod;
    FmgrInfo output;
    bool is_varlena;

    Type(Oid declared, std::int32_t declared_typmod, MemoryContext context)
        : oid(declared), typmod(declared_typmod), output{}, is_varlena(false) {
        oid = getBaseTypeAndTypmod(declared, &typmod);
        Oid function = InvalidOid;
        getTypeOutputInfo(oid, &function, &is_varlena);
        fmgr_info_cxt(function, &output, context);
    }
};

ColumnEncoder TypePlanner::plan_as_text(Oid declared) {
    watch_.note_type(declared);
    const Type type(declared, -1, context_);
    ColumnEncoder column;
    column.encode = encode_through_output_function;
    column.is_varlena = type.is_varlena;
    column.output = pg::make(context_, type.output);
    return column;
}

ColumnEncoder TypePlanner::plan(Oid declared, std::int32_t typmod) {
    check_stack_depth();
    watch_.note_type(declared);
    const Type type(declared, typmod, context_);
    if (type.oid != declared) {
        watch_.note_type(type.oid);
    }
    ColumnEncoder column;
    column.is_varlena = type.is_varlena;
    if (const ScalarEncoder* scalar = find_scalar_encoder(type.oid); scalar != nullptr) {
        column.encoding = scalar->encoding;
        column.encode = scalar->encode;
        column.scale = decimal_scale(type.oid, type.typmod);
        if (scalar->may_print) {
            column.output = pg::make(context_, type.output);
        }
        return column;
    }
    if (type.is_varlena && prints_its_bytes(type.output.fn_addr)) {
        column.encode = encode_text;
        return column;
    }
    column.output = pg::make(context_, type.output);
    if (type_is_enum(type.oid)) {
        column.labels = pg::make(context_, EnumLabels{});
        column.encode = encode_enum;
    } else if (!plan_nested(column, type)) {
        column.encode = encode_through_output_function;
    }
    return column;
}

bool TypePlanner::plan_nested(ColumnEncoder& column, const Type& type) {
    // By its function: int2vector and oidvector are arrays with a text of their own.
    const Oid element = type.output.fn_addr == array_out ? get_element_type(type.oid) : InvalidOid;
    const char kind = get_typtype(type.oid);
    if (OidIsValid(element)) {
        column.nested = plan_array(type, element);
        column.encoding = wire::Encoding::array;
        column.encode = encode_array;
    } else if (kind == TYPTYPE_COMPOSITE) {
        column.nested = plan_composite(type);
        column.encoding = wire::Encoding::composite;
        column.encode = encode_composite;
    } else if (kind == TYPTYPE_RANGE) {
        column.nested = plan_range(type.oid, type.oid);
        column.encoding = wire::Encoding::range;
        column.encode = encode_range;
    } else if (const Oid range = pg::range_of_multirange(type.oid); OidIsValid(range)) {
        watch_.note_type(range);
        column.nested = plan_range(range, type.oid);
        column.encoding = wire::Encoding::multirange;
        column.encode = encode_multirange;
    }
    if (column.nested == nullptr) {
        column.encoding = wire::Encoding::text;
    }
    return column.nested != nullptr;
}

NestedType* TypePlanner::make_nested(Oid stored_oid, std::size_t part_count) {
    auto* nested = pg::make(context_, NestedType{});
    nested->stored_oid = stored_oid;
    nested->parts = {static_cast<TypeWithin*>(MemoryContextAllocZero(context_, part_count * sizeof(TypeWithin))),
                     part_count};
    return nested;
}

void TypePlanner::plan_part(TypeWithin& part, const char* name, Oid type, std::int32_t typmod) {
    if (depth_ == wire::max_type_depth || types_left_ == 0) {
        is_beyond_bounds_ = true;
    }
    if (is_beyond_bounds_) {
        return;
    }
    --types_left_;
    ++depth_;
    part = {.name = name, .type = type, .typmod = typmod, .encoder = plan(type, typmod)};
    --depth_;
}

// A type modifier of an array is that of its elements. nullptr when their text is not separated as a receiver takes it
// to be, which is told of box alone: a delimiter is not on the wire.
NestedType* TypePlanner::plan_array(const Type& type, Oid element) {
    std::int16_t length = 0;
    bool is_by_value = false;
    char alignment = TYPALIGN_INT;
    char delimiter = ',';
    Oid parameter = InvalidOid;
    Oid function = InvalidOid;
    get_type_io_data(element, IOFunc_output, &length, &is_by_value, &alignment, &delimiter, &parameter, &function);
    if (delimiter != ',' && element != BOXOID) {
        return nullptr;
    }
    NestedType* nested = make_nested(element, 1);
    nested->element = {.length = length,
                       .alignment = static_cast<std::uint8_t>(att_align_nominal(1, alignment)),
                       .is_by_value = is_by_value,
                       .column = 0};
    plan_part(nested->parts[0], nullptr, element, type.typmod);
    return nested;
}

// nullptr when the row type has no columns to be found.
NestedType* TypePlanner::plan_composite(const Type& type) {
    const Oid row_oid = get_typ_typrelid(type.oid);
    watch_.note_relation(row_oid);
    Relation row = RelationIdGetRelation(row_oid);
    if (!RelationIsValid(row)) {
        return nullptr;
    }
    pg::MemoryContextScope scope(context_);
    const TupleDesc descriptor = CreateTupleDescCopyConstr(RelationGetDescr(row));
    scope.leave();
    RelationClose(row);

    NestedType* nested = make_nested(type.oid, static_cast<std::size_t>(Max(1, descriptor->natts)));
    nested->row = descriptor;
    nested->fields = plan_layout(descriptor, context_);
    std::size_t count = 0;
    for (int i = 0; i < descriptor->natts && !is_beyond_bounds_; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
        if (!attribute->attisdropped) {
            nested->fields[i].column = static_cast<std::int32_t>(count);
            plan_part(nested->parts[count++], NameStr(attribute->attname), attribute->atttypid, attribute->atttypmod);
        }
    }
    nested->parts = nested->parts.first(count);
    return nested;
}

NestedType* TypePlanner::plan_range(Oid range, Oid stored_oid) {
    TypeCacheEntry* cached = lookup_type_cache(range, TYPECACHE_RANGE_INFO);
    if (cached->rngelemtype == nullptr) {
        return nullptr;
    }
    NestedType* nested = make_nested(stored_oid, 1);
    nested->range = cached;
    plan_part(nested->parts[0], nullptr, cached->rngelemtype->type_id, -1);
    return nested;
}

}  // namespace glassflow
