#include "delivery/slot_forecast.h"

#include <gtest/gtest.h>

namespace glassflow::delivery {
namespace {

using namespace std::chrono_literals;
using State = Heartbeat::State;

constexpr SlotForecast::TimePoint start{1000s};

TEST(SlotForecastTest, TellsWhenItIsUsedUpAtTheCurrentRate) {
    SlotForecast forecast;
    forecast.add(start, 1'000'000);
    EXPECT_FALSE(forecast.time_to_loss());  // one look has no rate
    forecast.add(start + 10s, 900'000);
    EXPECT_EQ(forecast.time_to_loss(), 90s);
}

TEST(SlotForecastTest, ASlotThatKeepsUpIsInNoDanger) {
    SlotForecast forecast;
    forecast.add(start, 900'000);
    forecast.add(start + 10s, 1'000'000);
    EXPECT_FALSE(forecast.time_to_loss());
    forecast.add(start + 20s, 900'000);
    EXPECT_FALSE(forecast.time_to_loss());
}

TEST(SlotForecastTest, WithoutALimitNothingIsForeseen) {
    SlotForecast forecast;
    forecast.add(start, 10);
    forecast.add(start + 1s, std::nullopt);
    EXPECT_FALSE(forecast.time_to_loss());
    forecast.add(start + 2s, 5);  // the limit is back: what was before it says nothing
    EXPECT_FALSE(forecast.time_to_loss());
}

TEST(SlotForecastTest, UsedUpIsNow) {
    SlotForecast forecast;
    forecast.add(start, -1);
    EXPECT_EQ(forecast.time_to_loss(), 0s);
}

TEST(SlotForecastTest, OldLooksAreForgotten) {
    SlotForecast forecast;
    forecast.add(start, 1'000'000'000);
    for (int i = 1; i <= static_cast<int>(SlotForecast::window); ++i)
        forecast.add(start + i * 10s, 1'000'000);
    EXPECT_FALSE(forecast.time_to_loss());
}

TEST(SlotForecastTest, NothingOverflows) {
    SlotForecast forecast;
    forecast.add(start, INT64_MAX);
    forecast.add(start + 1s, INT64_MAX - 4096);
    ASSERT_TRUE(forecast.time_to_loss());
    EXPECT_GT(*forecast.time_to_loss(), 0s);
    forecast.add(start + 1s, INT64_MAX - 8192);
    EXPECT_GT(*forecast.time_to_loss(), 0s);
}

TEST(SlotForecastTest, Dangers) {
    EXPECT_EQ(danger_of(std::nullopt), SlotDanger::none);
    EXPECT_EQ(danger_of(2h), SlotDanger::none);
    EXPECT_EQ(danger_of(59min), SlotDanger::soon);
    EXPECT_EQ(danger_of(9min), SlotDanger::imminent);
    EXPECT_EQ(danger_of(0s), SlotDanger::imminent);
}

StreamProgress progress(std::uint64_t received, std::uint64_t decoded, std::uint64_t confirmed = 0) {
    return {true, false, {received}, {decoded}, {confirmed}};
}

TEST(HeartbeatTest, ComesBack) {
    Heartbeat heartbeat(30s);
    EXPECT_TRUE(heartbeat.is_due(start, 10s));
    EXPECT_EQ(heartbeat.look(start, progress(0, 0)), State::none);
    heartbeat.sent(start, {100});
    EXPECT_FALSE(heartbeat.is_due(start + 60s, 10s));  // one at a time
    EXPECT_EQ(heartbeat.look(start + 1s, progress(99, 99)), State::under_way);
    EXPECT_EQ(heartbeat.look(start + 2s, progress(150, 100)), State::returned);
    EXPECT_EQ(heartbeat.round_trip(), 2s);
    EXPECT_FALSE(heartbeat.is_due(start + 9s, 10s));
    EXPECT_TRUE(heartbeat.is_due(start + 10s, 10s));
}

TEST(HeartbeatTest, TellsWhichHalfIsStuck) {
    Heartbeat heartbeat(30s);
    heartbeat.sent(start, {100});
    EXPECT_EQ(heartbeat.look(start + 29s, progress(90, 0)), State::under_way);
    EXPECT_EQ(heartbeat.look(start + 30s, progress(90, 0)), State::stuck_server);
    EXPECT_EQ(heartbeat.look(start + 30s, progress(101, 0)), State::stuck_collector);
    StreamProgress full = progress(90, 0);
    full.is_full = true;  // nothing can be received, and that is nobody's fault but ours
    EXPECT_EQ(heartbeat.look(start + 30s, full), State::stuck_collector);
    EXPECT_EQ(heartbeat.look(start + 31s, progress(101, 101)), State::returned);
}

TEST(HeartbeatTest, WhatIsConfirmedWentThrough) {
    Heartbeat heartbeat(30s);
    heartbeat.sent(start, {100});
    EXPECT_EQ(heartbeat.look(start + 31s, progress(200, 0, 200)), State::returned);
}

}  // namespace
}  // namespace glassflow::delivery
