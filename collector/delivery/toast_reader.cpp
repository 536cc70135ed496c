#include "delivery/toast_reader.h"

#include <random>

#include "log/log.h"

namespace glassflow::delivery {

namespace {
constexpr auto retry_message = "unchanged values could not be read, trying again";
constexpr const char* query_canceled = "57014";  // statement_timeout, or somebody's pg_cancel_backend()

double random_share() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}
}  // namespace

ToastReader::ToastReader(const postgres::SourceSettings& settings)
    : reader_(settings), retry_(settings.reconnect_initial, settings.reconnect_max) {}

template <typename Ask>
auto ToastReader::patiently(const Ask& ask) {
    while (true) {
        try {
            auto told = ask();
            if (retry_.attempts() > 0)
                log::info("unchanged values are read again", {{"suppressed_lines", repeated_.forget(retry_message)}});
            retry_.succeeded();
            return told;
        } catch (const postgres::PostgresError& error) {
            wait(error);
        }
    }
}

std::vector<postgres::CurrentRow> ToastReader::read(const postgres::RowRequest& request) {
    return patiently([&] { return reader_.read(request); });
}

std::vector<postgres::TableColumn> ToastReader::columns(const std::string& schema, const std::string& table) {
    return patiently([&] { return reader_.columns(schema, table); });
}

void ToastReader::wait(const postgres::PostgresError& error) {
    std::unique_lock lock(mutex_);
    if (is_closed_)
        throw ReadingAbandoned{};
    if (!error.is_retryable() && error.sqlstate() != query_canceled)
        throw error;
    const auto delay = retry_.next_delay(random_share());
    if (const auto suppressed = repeated_.admit(retry_message))
        log::warning(retry_message, {{"reason", error.what()}, {"suppressed_lines", *suppressed}});
    if (closed_.wait_for(lock, delay, [this] { return is_closed_; }))
        throw ReadingAbandoned{};
}

void ToastReader::close() {
    {
        std::lock_guard lock(mutex_);
        is_closed_ = true;
    }
    closed_.notify_all();
    reader_.close();
}

}  // namespace glassflow::delivery
