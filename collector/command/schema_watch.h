// Stands before the first event of a table's new shape: notices that it changed, says what that means for ClickHouse
// and GlassFlow, and, as pipeline.schema_change wants it, goes on, brings both to the new shape first, or stops.
//
// While it works the events of the new shape, and all behind them, wait; those before are with the sinks already.
#pragma once

#include <chrono>
#include <functional>

#include "config/configuration.h"
#include "event/relation.h"
#include "glassflow/shape_store.h"
#include "glassflow/table_shape.h"
#include "postgres/table_description.h"

namespace glassflow::command {

class SchemaWatch {
public:
    // Waits that long; false when delivery is given up meanwhile.
    using Pause = std::function<bool(std::chrono::milliseconds)>;

    // is_accepting: what changed since the last run is taken as it is.
    SchemaWatch(const config::Configuration& configuration, bool is_accepting);

    // Throws delivery::DeliveryStop when delivery must not go on.
    void described(const event::Relation& relation, const Pause& pause);

private:
    void keep(const etl::TableShape& shape);
    void follow(const etl::TableShape& shape, const etl::SchemaChange& change, const Pause& pause);
    void tell(const etl::TableShape& shape, const etl::SchemaChange& change) const;
    std::vector<etl::TablePlan> plan(const etl::TableShape& shape) const;
    bool apply(const etl::SchemaChange& change, const etl::TablePlan& plan, const Pause& pause) const;

    const config::Configuration& configuration_;
    const bool is_accepting_;
    etl::ShapeStore shapes_;
};

}  // namespace glassflow::command
