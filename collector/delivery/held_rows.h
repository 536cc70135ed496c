// Row changes that wait, in order, for values that the WAL does not hold: copies that outlive the frame, and the values
// once they are known.
//
// A value of the new row is a gap when the update left it in TOAST and the old row does not tell it. It is read from
// the table by the row's key, for all rows that wait at once. What is read is the row's value now, not at the time of
// the change: if they differ, the change that made the difference comes later in the stream and tells the newer value
// again.
#pragma once

#include <deque>
#include <functional>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "event/change.h"
#include "postgres/row_reader.h"

namespace glassflow::delivery {

bool has_gaps(const event::RowChange& change);
bool is_gap(const event::RowChange& change, std::uint32_t column);

struct HeldRow {
    event::RowChange change;
    // Per column: the value for a gap; unchanged_toast when it could not be asked for, which is so without a key and of
    // columns that are no more, and of masked ones.
    std::vector<event::Value> found;
    bool is_gone = false;  // the table has no such row any more; the gaps are null then
};

class HeldRows {
public:
    using Read = std::function<std::vector<postgres::CurrentRow>(const postgres::RowRequest&)>;

    bool is_empty() const { return rows_.empty(); }
    std::size_t size() const { return rows_.size(); }
    void hold(const event::RowChange& change);

    // Fills gaps; one call of read per table. Throws what read throws.
    void fill(const Read& read);
    std::span<const HeldRow> rows() const { return rows_; }
    void clear();

private:
    std::span<const event::Value> copy(std::span<const event::Value> values);
    std::string_view copy(std::string_view text);
    void fill_table(const event::Relation& relation, const Read& read);
    void take(HeldRow& row, const postgres::CurrentRow& current, std::span<const std::uint32_t> columns);
    event::Value value_of(const std::string& text, const event::Column& column);

    std::pmr::monotonic_buffer_resource arena_;
    std::vector<HeldRow> rows_;
};

}  // namespace glassflow::delivery
