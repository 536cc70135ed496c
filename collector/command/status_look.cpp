// What a running collector answers is from outside like everything else: a key that is missing or of another kind is
// not known, and text goes no further than it should be long.
#include "command/status_look.h"

#include <algorithm>

#include "glassflow/document.h"

namespace glassflow::command {

namespace {

constexpr std::size_t longest_text = 2000;

std::string text_of(const etl::Node& node, std::string_view key) {
    return node.text(key).substr(0, longest_text);
}

std::optional<std::int64_t> integer_of(const etl::Node& node, std::string_view key) {
    const etl::Node* const found = node.find(key);
    if (found == nullptr)
        return std::nullopt;
    const auto* const value = std::get_if<std::int64_t>(&found->value());
    return value == nullptr ? std::nullopt : std::optional(*value);
}

bool is_true(const etl::Node& node, std::string_view key) {
    const etl::Node* const found = node.find(key);
    return found != nullptr && *found == etl::Node(true);
}

event::Lsn lsn_of(const etl::Node& node, std::string_view key) {
    return event::parse_lsn(node.text(key)).value_or(event::Lsn{});
}

SinkLook sink_of(const etl::Node& node) {
    SinkLook sink;
    sink.name = text_of(node, "name");
    sink.type = text_of(node, "type");
    sink.delivered_events = integer_of(node, "delivered_events").value_or(0);
    sink.delivered_bytes = integer_of(node, "delivered_bytes").value_or(0);
    sink.dead_letters = integer_of(node, "dead_letters").value_or(0);
    sink.queued_events = integer_of(node, "queued_events").value_or(0);
    sink.is_halted = is_true(node, "is_halted");
    sink.last_error = text_of(node, "last_error");
    return sink;
}

void take_slot_care(StatusLook& look, const etl::Node& care) {
    if (!is_true(care, "is_known"))
        return;
    if (is_true(care, "is_lost"))
        look.state = "lost";
    look.wal_status = text_of(care, "wal_status");
    look.safe_wal_bytes = integer_of(care, "safe_wal_bytes");
    look.seconds_to_loss = integer_of(care, "seconds_to_loss");
    look.retained_wal_bytes = integer_of(care, "retained_wal_bytes");
    look.server_position = std::max(look.server_position, lsn_of(care, "server_wal_lsn"));
}

std::optional<double> rate(std::optional<std::int64_t> earlier, std::optional<std::int64_t> later, double seconds) {
    // A collector that was started anew between the looks counts from zero.
    if (!earlier || !later || *later < *earlier || seconds <= 0)
        return std::nullopt;
    return static_cast<double>(*later - *earlier) / seconds;
}

}  // namespace

StatusLook look_from_admin(std::string_view text, std::chrono::steady_clock::time_point time) {
    const etl::Node status = etl::parse_json(text);
    if (!status.is_map() || status.text("slot").empty() || status.find("is_streaming") == nullptr)
        throw std::invalid_argument("it is no status of a collector");
    StatusLook look;
    look.time = time;
    look.is_of_collector = true;
    look.source = text_of(status, "source");
    look.slot = text_of(status, "slot");
    look.state = is_true(status, "is_streaming") ? "streaming"
                 : is_true(status, "is_standby") ? "standby"
                                                 : "not_connected";
    look.position = lsn_of(status, "confirmed_lsn");
    look.server_position = lsn_of(status, "server_lsn");
    look.lag_bytes = integer_of(status, "lag_bytes");
    if (const auto lag_ms = integer_of(status, "lag_ms"))
        look.lag_seconds = static_cast<double>(*lag_ms) / 1000;
    look.received_changes = integer_of(status, "received_changes");
    look.last_error = text_of(status, "last_error");
    if (const etl::Node* const care = status.find("slot_care"); care != nullptr && care->is_map())
        take_slot_care(look, *care);
    if (const etl::Node* const sinks = status.find("sinks"); sinks != nullptr && sinks->is_list()) {
        for (const etl::Node& sink : sinks->elements())
            look.sinks.push_back(sink_of(sink));
    }
    return look;
}

StatusRates rates_between(const StatusLook& earlier, const StatusLook& later) {
    StatusRates rates;
    const double seconds = std::chrono::duration<double>(later.time - earlier.time).count();
    rates.changes = rate(earlier.received_changes, later.received_changes, seconds);
    rates.confirmed_bytes = rate(static_cast<std::int64_t>(earlier.position.value),
                                 static_cast<std::int64_t>(later.position.value), seconds);
    for (const SinkLook& sink : later.sinks) {
        const auto before = std::ranges::find(earlier.sinks, sink.name, &SinkLook::name);
        const bool is_known = before != earlier.sinks.end();
        rates.sink_events.push_back(is_known ? rate(before->delivered_events, sink.delivered_events, seconds)
                                             : std::nullopt);
        rates.sink_bytes.push_back(is_known ? rate(before->delivered_bytes, sink.delivered_bytes, seconds)
                                            : std::nullopt);
    }
    return rates;
}

}  // namespace glassflow::command
