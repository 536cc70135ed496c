#include "command/status_report.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "command/terminal_text.h"
#include "glassflow/document.h"
#include "postgres/preflight/byte_text.h"

namespace glassflow::command {

namespace {

using postgres::byte_text;

std::string decimal(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value < 10 ? "%.1f" : "%.0f", value);
    return text.data();
}

// "2 d 03 h", "4 h 05 min", "12 min", "3.5 s"
std::string duration_text(double seconds) {
    constexpr double minute = 60;
    constexpr double hour = 60 * minute;
    constexpr double day = 24 * hour;
    std::array<char, 48> text{};
    const auto two = [&](double large, const char* large_unit, double small, const char* small_unit) {
        const double whole = std::floor(seconds / large);
        std::snprintf(text.data(), text.size(), "%.0f %s %02.0f %s", whole, large_unit,
                      std::floor((seconds - whole * large) / small), small_unit);
        return std::string(text.data());
    };
    if (seconds >= day)
        return two(day, "d", hour, "h");
    if (seconds >= hour)
        return two(hour, "h", minute, "min");
    if (seconds >= minute)
        return two(minute, "min", 1, "s");
    return decimal(seconds) + " s";
}

std::string rate_text(const std::optional<double>& events, const std::optional<double>& bytes) {
    if (!events)
        return "";
    return ", " + decimal(*events) + " events/s" +
           (bytes ? ", " + byte_text(static_cast<std::int64_t>(*bytes)) + "/s" : std::string());
}

class Lines {
public:
    void add(std::string_view label, const std::string& value) {
        constexpr std::size_t width = 15;
        std::string line(label);
        line.resize(std::max(width, line.size() + 1), ' ');
        text_ += line + terminal_text(value) + '\n';
    }
    std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

std::string loss_text(const StatusLook& look) {
    if (look.state == "lost" || look.wal_status == "lost")
        return "the slot is lost";
    if (look.seconds_to_loss)
        return duration_text(static_cast<double>(*look.seconds_to_loss)) + " at this rate";
    if (look.wal_status == "unreserved")
        return "at the server's next checkpoint";
    if (look.safe_wal_bytes)
        return "not in sight: " + byte_text(*look.safe_wal_bytes) + " of write-ahead log may be written yet";
    return look.wal_status.empty() ? "not known" : "never: the server sets no limit (max_slot_wal_keep_size)";
}

template <typename Value>
etl::Node known(const std::optional<Value>& value) {
    return value ? etl::Node(*value) : etl::Node();
}
etl::Node known(const std::string& text) {
    return text.empty() ? etl::Node() : etl::Node(utf8_text(text));
}
etl::Node known(event::Lsn lsn) {
    return lsn == event::Lsn{} ? etl::Node() : etl::Node(to_string(lsn));
}

}  // namespace

std::string status_report_text(const StatusLook& look, const StatusRates& rates) {
    Lines lines;
    lines.add("slot", look.slot + " of " + look.source +
                          (look.is_of_collector ? "" : " (no collector answers: the slot alone)"));
    lines.add("state", look.state);
    if (look.position != event::Lsn{})
        lines.add("position", to_string(look.position) + ", the server is at " + to_string(look.server_position));
    if (look.lag_bytes)
        lines.add("lag", byte_text(*look.lag_bytes) +
                             (look.lag_seconds ? ", " + duration_text(*look.lag_seconds) : std::string()));
    if (look.retained_wal_bytes)
        lines.add("retained WAL", byte_text(*look.retained_wal_bytes));
    if (look.state != "missing")
        lines.add("until loss", loss_text(look));
    if (rates.changes)
        lines.add("throughput", decimal(*rates.changes) + " changes/s");
    else if (rates.confirmed_bytes)
        lines.add("throughput",
                  byte_text(static_cast<std::int64_t>(*rates.confirmed_bytes)) + "/s of write-ahead log confirmed");
    if (look.dead_letters)
        lines.add("dead letters", std::to_string(*look.dead_letters) + " in the store");
    for (std::size_t i = 0; i < look.sinks.size(); ++i) {
        const SinkLook& sink = look.sinks[i];
        lines.add("sink", sink.name + " (" + sink.type + "): " + (sink.is_halted ? "halted, " : "") +
                              std::to_string(sink.delivered_events) + " events delivered" +
                              rate_text(rates.sink_events[i], rates.sink_bytes[i]) + ", " +
                              std::to_string(sink.queued_events) + " queued, " + std::to_string(sink.dead_letters) +
                              " refused");
        if (!sink.last_error.empty())
            lines.add("", sink.last_error);
    }
    lines.add("last error", look.last_error.empty() ? "none" : look.last_error);
    return std::move(lines).text();
}

std::string status_report_json(const StatusLook& look, const StatusRates& rates, bool is_on_one_line) {
    etl::Node sinks = etl::Node::list();
    for (std::size_t i = 0; i < look.sinks.size(); ++i) {
        const SinkLook& sink = look.sinks[i];
        sinks.push(etl::Node::map({{"name", utf8_text(sink.name)},
                                   {"type", utf8_text(sink.type)},
                                   {"delivered_events", sink.delivered_events},
                                   {"delivered_bytes", sink.delivered_bytes},
                                   {"events_per_second", known(rates.sink_events[i])},
                                   {"bytes_per_second", known(rates.sink_bytes[i])},
                                   {"queued_events", sink.queued_events},
                                   {"refused_events", sink.dead_letters},
                                   {"is_halted", sink.is_halted},
                                   {"last_error", known(sink.last_error)}}));
    }
    const etl::Node report = etl::Node::map({{"from", look.is_of_collector ? "collector" : "slot"},
                                             {"source", utf8_text(look.source)},
                                             {"slot", utf8_text(look.slot)},
                                             {"state", look.state},
                                             {"position", known(look.position)},
                                             {"server_position", known(look.server_position)},
                                             {"lag_bytes", known(look.lag_bytes)},
                                             {"lag_seconds", known(look.lag_seconds)},
                                             {"retained_wal_bytes", known(look.retained_wal_bytes)},
                                             {"wal_status", known(look.wal_status)},
                                             {"safe_wal_bytes", known(look.safe_wal_bytes)},
                                             {"seconds_to_loss", known(look.seconds_to_loss)},
                                             {"changes_per_second", known(rates.changes)},
                                             {"confirmed_bytes_per_second", known(rates.confirmed_bytes)},
                                             {"dead_letters", known(look.dead_letters)},
                                             {"last_error", known(look.last_error)},
                                             {"sinks", std::move(sinks)}});
    return is_on_one_line ? to_compact_json(report) + "\n" : to_json(report);
}

}  // namespace glassflow::command
