// A frame -> lines a person can read, one per record. It remembers what earlier frames of the same stream said about
// relations and positions.
#pragma once

#include "frame_reader.h"
#include "relation_text.h"
#include "wire_format.h"

namespace glassflow {

class FrameText {
public:
    // Lives in context, and keeps there what frames say.
    FrameText(MemoryContext context, bool has_positions);

    bool has_positions() const { return has_positions_; }

    // The next record of the frame as a line, in CurrentMemoryContext. Not at the frame's end.
    char* next_line(FrameReader& frame);

private:
    // Each takes the elements it knows off `remaining`.
    void session(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void relation(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void begin(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void commit(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void row(FrameReader& frame, std::uint32_t& remaining, wire::Tag tag, StringInfo line);
    void changed_columns(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void truncate(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void message(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void ddl(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void stream_start(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void stream_stop(StringInfo line);
    void stream_abort(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void stream_commit(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void subtransaction(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void begin_prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void stream_prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void commit_prepared(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void rollback_prepared(FrameReader& frame, std::uint32_t& remaining, StringInfo line);

    void origin(FrameReader& frame, std::uint32_t& remaining, StringInfo line);
    void measures(FrameReader& frame, std::uint32_t& remaining, StringInfo line);

    void xid(FrameReader& frame, const char* name, StringInfo line);
    void gid(FrameReader& frame, StringInfo line);
    void lsn(FrameReader& frame, const char* name, StringInfo line);
    void time(FrameReader& frame, const char* name, StringInfo line);
    void count_from(XLogRecPtr lsn);

    void forget_relations();
    void forget_position();
    const RelationText* find(std::uint32_t relation_id) const;
    void columns_of(FrameReader& frame, const RelationText* relation, std::string_view bits, StringInfo line);
    const RelationText* relation_and_position(FrameReader& frame, const char* verb, StringInfo line);
    void position(FrameReader& frame);
    void new_row(FrameReader& frame, const RelationText* relation, StringInfo line);
    void old_row(FrameReader& frame, const RelationText* relation, wire::Tag tag, StringInfo line);

    MemoryContext context_;
    // What the session's frames described, and what the open block did.
    struct Relations {
        MemoryContext context = nullptr;
        HTAB* by_id = nullptr;
    };
    void open(Relations& relations);
    void close(Relations& relations);
    const Relations& relations() const { return block_.by_id == nullptr ? session_ : block_; }

    Relations session_;
    Relations block_;
    bool has_positions_;
    // Where the previous change of the transaction was; at first where its commit record is.
    bool knows_lsn_ = false;
    XLogRecPtr lsn_ = InvalidXLogRecPtr;
    bool has_changes_ = false;
    std::uint32_t index_ = 0;
};
static_assert(std::is_trivially_destructible_v<FrameText>);

}  // namespace glassflow
