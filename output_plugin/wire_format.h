// The language both sides speak: what the plugin writes into a frame and the collector reads out of it.
//
// Constants only, std only: this header is compiled into the server process and into the collector. The grammar, with
// hex examples, is docs/wire_format.md; a change here is a change there and, unless it only appends, a new
// protocol_version. A reader ignores elements after the ones it knows, so appending to a record is compatible.
#pragma once

#include <cstdint>

namespace glassflow::wire {

inline constexpr std::uint32_t protocol_version = 1;

// First element of each record. A frame is a run of records; each record is one MessagePack array. LSNs, ids and counts
// are unsigned integers, is_transactional is a boolean, identity is a str of one letter as in pg_class.relreplident.
//   lsn_delta     signed; from the LSN of the previous row or truncate record of the transaction, at first commit_lsn
//   index         of the changes that share one WAL record, counted before any filter
//   commit_time   microseconds since 2000-01-01 00:00:00 UTC
//   new           one value per column of the relation record
//   old           identity "f": one value per column; otherwise one value per key_position, in that order; nil: unknown
//   change_count  insert, update, delete_, truncate and transactional message records since begin
//   content       bin;  prefix, schema, table, names and types: str, or bin when the bytes are not UTF-8
enum class Tag : std::uint8_t {
    session = 0,   // [0, protocol_version, plugin_version, server_version_num, server_encoding]
    relation = 1,  // [1, relation_id, oid, schema, table, identity, [column, ...], [key_position, ...]]
    begin = 2,     // [2, xid, commit_lsn, commit_time]
    commit = 3,    // [3, commit_lsn, end_lsn, change_count]
    insert = 4,    // [4, relation_id, lsn_delta, index, new]
    update = 5,    // [5, relation_id, lsn_delta, index, new, old | nil]
    delete_ = 6,   // [6, relation_id, lsn_delta, index, old | nil]
    truncate = 7,  // [7, relation_id, lsn_delta, index, truncate_flags]
    message = 8,   // [8, lsn, is_transactional, prefix, content]
};

// A column in a relation record: [name, type, type_oid, typmod, encoding, column_flags].
// How its values are encoded, so that a value needs no tag of its own. NULL is nil whatever the encoding.
enum class Encoding : std::uint8_t {
    text = 0,         // str, UTF-8; bin when the bytes have no UTF-8 form
    boolean = 1,      // true | false
    integer = 2,      // int: smallint, integer, bigint, oid
    float4 = 3,       // float 32
    float8 = 4,       // float 64
    bytes = 5,        // bin: bytea
    uuid = 6,         // bin of 16 bytes
    date = 7,         // int: days since 2000-01-01
    timestamp = 8,    // int: microseconds since 2000-01-01 00:00:00, no zone
    timestamptz = 9,  // int: microseconds since 2000-01-01 00:00:00 UTC
};

// column_flags
inline constexpr std::uint32_t column_is_key = 1;        // part of the key (see key_position)
inline constexpr std::uint32_t column_is_not_null = 2;   // declared NOT NULL
inline constexpr std::uint32_t column_is_generated = 4;  // GENERATED ... STORED

// truncate_flags
inline constexpr std::uint32_t truncate_cascade = 1;
inline constexpr std::uint32_t truncate_restart_identity = 2;

// MessagePack extension types: what the encoding of a column has no room for.
enum class Extension : std::int8_t {
    unchanged_toast = 1,  // 1 byte 00: the value was not changed and is not in the WAL
    infinity = 2,         // 1 byte: 01 = infinity, ff = -infinity
    too_large = 3,        // 8 bytes, big endian: size in bytes of a value that does not fit a frame
};

}  // namespace glassflow::wire
