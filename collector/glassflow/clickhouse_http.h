// Statements for ClickHouse over its HTTP interface: making and altering tables. Rows are GlassFlow's affair.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "glassflow/settings.h"

namespace glassflow::etl {

class ClickHouseError : public std::runtime_error {
public:
    ClickHouseError(const std::string& what, std::string hint, bool is_retryable)
        : std::runtime_error(what), hint_(std::move(hint)), is_retryable_(is_retryable) {}
    const std::string& hint() const { return hint_; }
    bool is_retryable() const { return is_retryable_; }  // nobody answered, or not now

private:
    std::string hint_;
    bool is_retryable_;
};

// Runs one statement. Throws ClickHouseError.
void execute(const ClickHouseSettings& settings, const std::string& statement, std::chrono::milliseconds timeout);

}  // namespace glassflow::etl
