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
//   position      which change of the WAL it is: an LSN, and an index among the changes of that LSN, counted before any
//                 filter. Mostly an int, the distance from the LSN of the previous row or truncate record of the
//                 transaction (at first from commit_lsn) in units of lsn_unit bytes; the index is 0 then, or, when the
//                 distance is 0, one more than the previous. Where that is not so: [distance, index]
//   commit_time   microseconds since 2000-01-01 00:00:00 UTC
//   new           one value per column of the relation record
//   column_bits   bin, a bit per column, from the lowest of the first byte on: those whose values follow, which changed
//   or
//                 are of the key. The others are as they were. Only under identity "f", of tables with a key
//   old           identity "f": one value per column; otherwise one value per key_position, in that order; nil: unknown
//   change_count  insert, update, delete_, truncate, transactional message and ddl records since begin
//   filtered_count  changes of the transaction that were not wanted, by whatever option; a transaction of which nothing
//                 is wanted is not sent
//   record_bytes, checksum  of all records from begin up to commit, neither divided by frames nor counting commit
//   itself;
//                 checksum is the CRC32C of these bytes (iSCSI's polynomial, as the server's own)
//   origin        name of the replication origin that the transaction was replayed from; nil: it was dropped since.
//                 origin_lsn: the commit there, 0 when it was not told. Both are there only when there is an origin
//   content       bin;  prefix, schema, table, names and types: str, or bin when the bytes are not UTF-8
enum class Tag : std::uint8_t {
    session = 0,   // [0, protocol_version, plugin_version, server_version_num, server_encoding]
    relation = 1,  // [1, relation_id, oid, schema, table, identity, [column, ...], [key_position, ...]]
    begin = 2,     // [2, xid, commit_lsn, commit_time, origin | nil, origin_lsn]
    commit = 3,    // [3, commit_lsn, end_lsn, change_count, filtered_count, record_bytes, checksum]
    insert = 4,    // [4, relation_id, position, new]
    update = 5,    // [5, relation_id, position, new, old | nil]
    delete_ = 6,   // [6, relation_id, position, old | nil]
    truncate = 7,  // [7, relation_id, position, truncate_flags]
    message = 8,   // [8, lsn, is_transactional, prefix, content]
    ddl = 16,      // [16, lsn, ddl_flags, command, user, statement | nil, [object, ...], omitted_count]
    // [17, relation_id, position, column_bits, [new value, ...], [old value, ...]]
    update_of_columns = 17,

    // Only when the option `streaming` is on. A transaction is sent in blocks while it is in progress: relation and
    // change records between stream_start and stream_stop. In a block positions count from its lsn, where no change was
    // yet, and relation records hold there alone. Its change_count, record_bytes and checksum are of all its blocks,
    // these two records and what was rolled back included. origin and origin_lsn are there when there is an origin
    stream_start = 9,     // [9, xid, lsn, is_first, origin | nil]
    stream_stop = 10,     // [10]
    stream_abort = 11,    // [11, xid, subxid, lsn]: what subxid did is rolled back; all of it when both are the same
    stream_commit = 12,   // [12, xid, commit_lsn, end_lsn, commit_time, change_count, filtered_count, record_bytes,
                          //  checksum, origin_lsn]
    subtransaction = 13,  // [13, subxid]: what follows in the block was done by it; at first by xid itself

    // Only when the option `two_phase` is on. Positions count from prepare_lsn
    begin_prepare = 14,      // [14, xid, gid, prepare_lsn, prepare_time, origin | nil, origin_lsn]
    prepare = 15,            // [15, prepare_lsn, end_lsn, change_count, filtered_count, record_bytes, checksum]
    stream_prepare = 18,     // [18, xid, gid, prepare_lsn, end_lsn, prepare_time, change_count, filtered_count,
                             //  record_bytes, checksum]: of a transaction that was sent in blocks, or had none
    commit_prepared = 19,    // [19, xid, gid, commit_lsn, end_lsn, commit_time]
    rollback_prepared = 20,  // [20, xid, gid, prepare_end_lsn, prepare_time, rollback_lsn, end_lsn, rollback_time]
};

// An object of a ddl record: [command, type, schema | nil, identity, object_flags, [ddl_column, ...] | nil]; the
// columns are those of a table, view or foreign table after the change: [name, type, column_flags]. All texts as names
// are; lsn as that of a message; omitted_count: objects that were too many.

// WAL records begin at multiples of this, on every platform.
inline constexpr std::uint32_t lsn_unit = 4;

// A column in a relation record: [name, type, type_oid, typmod, encoding, column_flags, detail]; detail is there only
// for the encodings that have one. A type within a type: [type, type_oid, typmod, encoding, detail].
//
// The encoding says how values are written, so that a value needs no tag of its own. NULL is nil whatever the encoding.
// From `decimal` on a value may also be its text: str as the type's output function prints it (or bin, when that is not
// UTF-8 and bin is not already the encoding's own form), where the value has no native form or is large.
enum class Encoding : std::uint8_t {
    text = 0,         // str, UTF-8; bin when the bytes have no UTF-8 form
    boolean = 1,      // true | false
    integer = 2,      // int: smallint, integer, bigint, oid, xid, cid
    float4 = 3,       // float 32
    float8 = 4,       // float 64, or float 32 when the value is exactly that
    bytes = 5,        // bin: bytea
    uuid = 6,         // bin of 16 bytes
    date = 7,         // int: days since 2000-01-01
    timestamp = 8,    // int: microseconds since 2000-01-01 00:00:00, no zone
    timestamptz = 9,  // int: microseconds since 2000-01-01 00:00:00 UTC
    decimal = 10,     // int: in units of 10^-scale, printed with scale decimals; detail: scale, 0 to 18; numeric, xid8
    time = 11,        // int: microseconds since midnight, 24:00 included
    timetz = 12,      // [time, zone]: as time; seconds west of UTC
    interval = 13,    // [months, days, microseconds]
    json = 14,       // map | array: the document as MessagePack, see json_number; a document that is a scalar: its text
    bits = 15,       // bin: first byte how many bits of the last byte are unused, 0 to 7, then the bits
    inet = 16,       // bin: netmask bits, then 4 or 16 bytes of address
    cidr = 17,       // as inet
    macaddr = 18,    // bin of 6 or 8 bytes
    array = 19,      // [shape, element, ...]: shape nil: one dimension from 1, or none; else [length, lower bound, ...]
    composite = 20,  // [value, ...] by field; detail: [[name, type, type_oid, typmod, encoding, detail], ...]
    range = 21,      // [range_flags, lower, upper]: bounds that are there
    multirange = 22,  // [range, ...]
};
// detail of array, range and multirange: the type of element or bound, [type, type_oid, typmod, encoding, detail].

// The highest encoding whose value is never its text.
inline constexpr Encoding last_encoding_without_text = Encoding::timestamptz;
// Types within types go no deeper, and a column has no more of them in all; what does is described as text.
inline constexpr std::uint32_t max_type_depth = 8;
inline constexpr std::uint32_t max_types_in_column = 1000;
// Documents are not nested deeper; those that are go as text.
inline constexpr std::uint32_t max_json_depth = 200;

// range_flags: as PostgreSQL's own. Without a bound (empty, infinite) the element is not there.
inline constexpr std::uint32_t range_empty = 1;
inline constexpr std::uint32_t range_lower_inclusive = 2;
inline constexpr std::uint32_t range_upper_inclusive = 4;
inline constexpr std::uint32_t range_lower_infinite = 8;
inline constexpr std::uint32_t range_upper_infinite = 16;

// column_flags
inline constexpr std::uint32_t column_is_key = 1;        // part of the key (see key_position)
inline constexpr std::uint32_t column_is_not_null = 2;   // declared NOT NULL
inline constexpr std::uint32_t column_is_generated = 4;  // GENERATED ... STORED
inline constexpr std::uint32_t column_is_masked = 8;     // its values are what a mask left of them: text, or nil

// ddl_flags
inline constexpr std::uint32_t ddl_is_signed = 1;         // by a server with the key of this one
inline constexpr std::uint32_t ddl_statement_is_cut = 2;  // its text goes on

// object_flags
inline constexpr std::uint32_t object_is_dropped = 1;

// truncate_flags
inline constexpr std::uint32_t truncate_cascade = 1;
inline constexpr std::uint32_t truncate_restart_identity = 2;

// MessagePack extension types: what the encoding of a column has no room for.
enum class Extension : std::int8_t {
    unchanged_toast = 1,  // 1 byte 00: the value was not changed and is not in the WAL
    infinity = 2,         // 1 byte: 01 = infinity, ff = -infinity; of dates, timestamps, intervals
    too_large = 3,        // 8 bytes, big endian: size in bytes of a value that does not fit a frame
    json_number = 4,      // within json: a number that is no int of 64 bits: its digits, as in the document
};

}  // namespace glassflow::wire
