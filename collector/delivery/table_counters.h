// Rows and bytes by table, for status and metrics. Thread-safe.
//
// Bounded: tables beyond the first max_tables are counted together under a name that no table has.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/status.h"
#include "sink/payload.h"

namespace glassflow::delivery {

class TableCounters {
public:
    static constexpr std::size_t max_tables = 1000;

    // table: nullptr for logical messages, which have none; they are counted under an empty name.
    void delivered(const sink::Table* table, std::uint64_t events, std::uint64_t bytes);
    void refused(const sink::Table* table);
    void filled(const sink::Table& table, const ToastCounts& counts);

    std::vector<TableStatus> status() const;

private:
    using Name = std::pair<std::string_view, std::string_view>;
    struct ByName {
        using is_transparent = void;
        bool operator()(const Name& left, const Name& right) const { return left < right; }
    };

    TableStatus& counters_of(const sink::Table* table);

    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, TableStatus, ByName> tables_;
};

}  // namespace glassflow::delivery
