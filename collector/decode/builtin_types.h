// The types that every server has, by pg_type.oid: what they are called and how values of them are told.
//
// Other plugins than ours name types by number only (pgoutput) or by what a person would write (wal2json). From 10000
// on numbers are given by the server's catalog and mean nothing here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/relation.h"

namespace glassflow::decode {

// How a type's send function writes a value that is not made of anything else.
enum class BinaryForm : std::uint8_t {
    native,  // as its encoding says
    text,    // the text itself
    lsn,     // eight bytes
    tuple,   // block and offset of a tid
    opaque,  // something that only the server can print
};

struct BuiltinType {
    std::uint32_t oid;
    std::uint32_t array_oid;    // 0: it has none
    std::uint32_t bound_oid;    // of a range or multirange
    std::string_view name;      // as format_type() prints it without a modifier
    std::string_view raw_name;  // pg_type.typname
    event::Encoding encoding;
    BinaryForm binary;
    bool is_toastable;  // values of it can be out of line
};

// nullptr when there is none.
const BuiltinType* find_type(std::uint32_t oid);
const BuiltinType* find_element_type(std::uint32_t array_oid);
const BuiltinType* find_type_called(std::string_view name);      // "integer"
const BuiltinType* find_type_raw_called(std::string_view name);  // "int4"

// As format_type() prints the type with its modifier: "numeric(10,2)", "timestamp(3) with time zone"; -1 is none.
std::string type_name(const BuiltinType& type, std::int32_t typmod);

// "numeric" of "numeric(10,2)", "timestamp with time zone" of "timestamp(3) with time zone".
std::string without_modifier(std::string_view type_name);

// Sets what is known by type and modifier: name, encoding, scale, and the types within. Without a name it is none.
void describe_builtin(event::Column& column, std::uint32_t type_oid, std::int32_t typmod);

// Sets what is known of an array of a type that is not built in: values of it are texts.
void describe_other_array(event::Column& column, std::string element_name);

}  // namespace glassflow::decode
