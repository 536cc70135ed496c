// Tables -> the pipelines that take their changes, as pipeline_id and pipelines say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sink/otlp/settings.h"
#include "sink/otlp/table_pattern.h"
#include "sink/payload.h"

namespace glassflow::sink {

class PipelineMap {
public:
    // Throws SinkError: an entry that is none, an id that no pipeline can have, no pipeline at all, or captured tables
    // without one.
    explicit PipelineMap(const OtlpSettings& settings);

    const std::vector<std::string>& ids() const { return ids_; }  // without repetitions

    // The place in ids() of the pipeline of a table; nullptr asks for that of logical messages, which have no table.
    // nullopt: there is none.
    std::optional<std::size_t> pipeline_of(const Table* table);

private:
    struct Entry {
        TablePattern pattern;
        std::size_t pipeline = 0;
    };

    std::size_t add_id(const std::string& id);
    std::optional<std::size_t> find(const Table& table);

    std::vector<std::string> ids_;
    std::vector<Entry> entries_;
    std::optional<std::size_t> default_;

    // What was asked last and what was asked before: changes of one table come in runs.
    Table last_;
    std::optional<std::size_t> last_pipeline_;
    bool has_last_ = false;
    std::unordered_map<std::string, std::optional<std::size_t>> known_;
};

}  // namespace glassflow::sink
