#include "delivery/table_counters.h"

#include <string_view>

namespace glassflow::delivery {

namespace {
constexpr std::string_view others = "(other tables)";
}

void TableCounters::delivered(const sink::Table* table, std::uint64_t events, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    TableStatus& counters = counters_of(table);
    counters.delivered_events += events;
    counters.delivered_bytes += bytes;
}

void TableCounters::refused(const sink::Table* table) {
    const std::lock_guard lock(mutex_);
    ++counters_of(table).dead_letters;
}

void TableCounters::filled(const sink::Table& table, const ToastCounts& counts) {
    const std::lock_guard lock(mutex_);
    ToastCounts& sums = counters_of(&table).toast;
    sums.reselected += counts.reselected;
    sums.gone += counts.gone;
    sums.placeholders += counts.placeholders;
    sums.omitted += counts.omitted;
}

std::vector<TableStatus> TableCounters::status() const {
    const std::lock_guard lock(mutex_);
    std::vector<TableStatus> tables;
    for (const auto& [name, counters] : tables_)
        tables.push_back(counters);
    return tables;
}

TableStatus& TableCounters::counters_of(const sink::Table* table) {
    const Name name = table != nullptr ? Name(table->schema, table->name) : Name();
    if (const auto known = tables_.find(name); known != tables_.end())
        return known->second;
    const Name counted = tables_.size() < max_tables ? name : Name("", others);
    TableStatus& counters = tables_[{std::string(counted.first), std::string(counted.second)}];
    counters.schema = counted.first;
    counters.table = counted.second;
    return counters;
}

}  // namespace glassflow::delivery
