#include "command/status_look.h"

#include <gmock/gmock.h>

#include "command/status_report.h"

namespace glassflow::command {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr const char* running =
    R"({"is_streaming": true, "slot": "orders", "source": "db:5432/shop", "confirmed_lsn": "0/10",
 "server_lsn": "0/30", "lag_bytes": 32, "lag_ms": 1500, "received_changes": 10, "last_error": "",
 "slot_care": {"is_known": true, "is_lost": false, "wal_status": "extended", "safe_wal_bytes": 1048576, "seconds_to_loss": 90061,
               "server_wal_lsn": "0/40", "retained_wal_bytes": 2048},
 "sinks": [{"name": "files", "type": "file", "delivered_events": 4, "delivered_bytes": 100, "dead_letters": 1, "queued_events": 2,
            "is_halted": true, "last_error": "disk\u001b[31m full"}]})";

std::chrono::steady_clock::time_point at(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::time_point() + time;
}

TEST(StatusLook, IsReadFromWhatACollectorAnswers) {
    const StatusLook look = look_from_admin(running, at(0ms));
    EXPECT_TRUE(look.is_of_collector);
    EXPECT_EQ(look.state, "streaming");
    EXPECT_EQ(look.position, event::Lsn{0x10});
    EXPECT_EQ(look.server_position, event::Lsn{0x40}) << "the later of the two";
    EXPECT_EQ(look.lag_bytes, 32);
    EXPECT_EQ(look.lag_seconds, 1.5);
    EXPECT_EQ(look.seconds_to_loss, 90061);
    ASSERT_EQ(look.sinks.size(), 1U);
    EXPECT_TRUE(look.sinks[0].is_halted);
}

TEST(StatusLook, WhatIsNoStatusIsRefusedAndOddValuesAreUnknown) {
    for (const char* const text : {"", "[]", "{}", "nonsense", R"({"slot": 5, "is_streaming": true})"})
        EXPECT_THROW(look_from_admin(text, at(0ms)), std::invalid_argument) << text;
    const StatusLook odd = look_from_admin(
        R"({"slot": "s", "is_streaming": 1, "lag_bytes": "many", "slot_care": [], "sinks": {}, "confirmed_lsn": "x"})",
        at(0ms));
    EXPECT_EQ(odd.state, "not_connected");
    EXPECT_EQ(odd.lag_bytes, std::nullopt);
    EXPECT_EQ(odd.position, event::Lsn{});
    EXPECT_TRUE(odd.sinks.empty());
}

TEST(StatusLook, RatesAreOverTheTimeBetween) {
    StatusLook earlier = look_from_admin(running, at(0ms));
    StatusLook later = look_from_admin(running, at(2000ms));
    later.received_changes = 30;
    later.position = event::Lsn{0x10 + 4096};
    later.sinks[0].delivered_events = 14;
    const StatusRates rates = rates_between(earlier, later);
    EXPECT_EQ(rates.changes, 10.0);
    EXPECT_EQ(rates.confirmed_bytes, 2048.0);
    EXPECT_EQ(rates.sink_events[0], 5.0);
    // Started anew in between, and looked at twice at once.
    later.received_changes = 3;
    EXPECT_EQ(rates_between(earlier, later).changes, std::nullopt);
    EXPECT_EQ(rates_between(earlier, earlier).changes, std::nullopt);
    earlier.sinks.clear();
    EXPECT_EQ(rates_between(earlier, later).sink_events[0], std::nullopt);
}

TEST(StatusReport, IsForATerminal) {
    const StatusLook look = look_from_admin(running, at(0ms));
    const std::string text = status_report_text(look, rates_between(look, look));
    EXPECT_THAT(text, testing::AllOf(
                          HasSubstr("lag            32 bytes, 1.5 s\n"), HasSubstr("retained WAL   2.0 KiB\n"),
                          HasSubstr("until loss     1 d 01 h at this rate\n"),
                          HasSubstr("sink           files (file): halted, 4 events delivered, 2 queued, 1 refused\n"),
                          HasSubstr("disk?[31m full\n"), Not(HasSubstr("\x1b"))));
}

TEST(StatusReport, SaysNullOfWhatIsNotKnown) {
    StatusLook look;
    look.slot = "s\xff";
    look.state = "missing";
    const std::string json = status_report_json(look, rates_between(look, look), true);
    EXPECT_THAT(json, HasSubstr("\"slot\":\"s\xef\xbf\xbd\",\"state\":\"missing\",\"position\":null"));
    EXPECT_EQ(json.find('\n'), json.size() - 1);
}

}  // namespace
}  // namespace glassflow::command
