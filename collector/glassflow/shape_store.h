// The shapes of tables that their pipelines were told of, kept in the state directory: a table that changes while the
// collector is down is noticed, too.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

#include "glassflow/table_shape.h"

namespace glassflow::etl {

// Used by one thread.
class ShapeStore {
public:
    // Reads what is there. A file that cannot be read is as none, and put aside by the next write; broken() tells why.
    ShapeStore(const std::string& state_directory, const std::string& slot);
    ShapeStore(const ShapeStore&) = delete;
    ShapeStore& operator=(const ShapeStore&) = delete;
    ~ShapeStore();  // writes what is not written yet, if it can

    const TableShape* find(std::uint32_t oid) const;
    // One that replaces another is on disk at once; those of new tables are written together. Throws std::runtime_error
    // when it could not be written; the shape is remembered for this run all the same.
    void keep(const TableShape& shape);
    const std::string& broken() const { return broken_; }

private:
    void write();

    const std::string path_;
    std::map<std::uint32_t, TableShape> shapes_;
    std::size_t unwritten_ = 0;
    std::string broken_;
};

}  // namespace glassflow::etl
