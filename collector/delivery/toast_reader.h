// The patience around postgres::RowReader: what a later try can mend is tried again until it is mended or delivery is
// given up; what it cannot mend is an error for a person.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "log/repeat_limit.h"
#include "postgres/row_reader.h"
#include "retry/retry_policy.h"

namespace glassflow::delivery {

// Reading was given up by close().
struct ReadingAbandoned {};

class ToastReader {
public:
    explicit ToastReader(const postgres::SourceSettings& settings);  // borrowed

    // Throws PostgresError for what no later try can mend, ReadingAbandoned after close().
    std::vector<postgres::CurrentRow> read(const postgres::RowRequest& request);
    std::vector<postgres::TableColumn> columns(const std::string& schema, const std::string& table);

    // From any thread.
    void close();

private:
    template <typename Ask>
    auto patiently(const Ask& ask);
    void wait(const postgres::PostgresError& error);

    postgres::RowReader reader_;
    retry::RetryPolicy retry_;
    log::RepeatLimit repeated_{std::chrono::minutes(1)};
    std::mutex mutex_;
    std::condition_variable closed_;
    bool is_closed_ = false;
};

}  // namespace glassflow::delivery
