// A table of Postgres -> everything that is written for it: names, types, expressions, and what a person has to know.
//
// Pure: the same description and settings give the same plan.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "glassflow/settings.h"
#include "postgres/table_description.h"

namespace glassflow::etl {

// What carries the events, and in which form.
enum class EventForm : std::uint8_t {
    envelope,  // Kafka: _op, _event_id, _version, data
    flat,      // Kafka: columns at the top level, never null
    row        // OTLP: the row alone as body
};

struct ColumnPlan {
    std::string source;       // its key in the event's JSON
    std::string column;       // its name in ClickHouse
    std::string output;       // what the transform calls it
    std::string output_type;  // of the transform
    std::string expression;   // of the transform
    std::string flat_type;    // of schema_fields, form flat
    std::string hint;         // column_type of the mapping
    std::string type;         // in ClickHouse, Nullable and all
    std::string decimal;      // name of the MATERIALIZED Decimal beside it; empty when there is none
    std::string decimal_expression;
    std::string decimal_type;
    std::string postgres_type;
};

struct TablePlan {
    std::string schema;
    std::string table;
    EventForm form = EventForm::envelope;
    std::string id;       // of the pipeline
    std::string title;    // of the pipeline, for a person
    std::string target;   // the table in ClickHouse
    std::string version;  // what _version is called there
    std::string deleted;  // what _is_deleted is called there
    std::vector<ColumnPlan> columns;
    std::vector<std::size_t> key;    // positions in columns; empty: a history, MergeTree in the order of versions
    std::vector<std::string> notes;  // sentences
};

// Nothing can be written for a table: what, and what to do about it.
class PlanError : public std::runtime_error {
public:
    PlanError(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

// Throws PlanError when the table has nothing to map, or has no key and settings refuse such tables, or the form cannot
// name its columns.
TablePlan plan_table(const postgres::TableDescription& table, EventForm form, const PipelineSettings& settings);

struct Plans {
    std::vector<TablePlan> plans;
    std::vector<PlanError> refusals;
};

// Plans of all tables, ids unique. Two tables that would become one in ClickHouse are refused, too.
Plans plan_tables(const std::vector<postgres::TableDescription>& tables, EventForm form,
                  const PipelineSettings& settings);

}  // namespace glassflow::etl
