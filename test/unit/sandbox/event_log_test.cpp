#include "sandbox/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace glassflow::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EventLog, keeps_prints_and_records_in_the_order_of_acceptance) {
    char path[] = "/tmp/event-log-XXXXXX";
    ::close(::mkstemp(path));
    std::ostringstream printed;
    EventLog log(1'000, &printed, path);
    log.append("{\"a\":1}");
    log.append("{\n  \"b\": 2\r\n}");
    EXPECT_THAT(log.read(0, 100).events, ElementsAre("{\"a\":1}", "{   \"b\": 2  }"));
    EXPECT_EQ(printed.str(), "{\"a\":1}\n{   \"b\": 2  }\n");
    std::ifstream recorded(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(recorded), {}), printed.str());
    ::unlink(path);
}

TEST(EventLog, pages_by_offset) {
    EventLog log(1'000, nullptr, "");
    for (int i = 0; i < 10; ++i) {
        log.append(std::to_string(i));
    }
    EXPECT_THAT(log.read(3, 2).events, ElementsAre("3", "4"));
    EXPECT_THAT(log.read(9, 100).events, ElementsAre("9"));
    EXPECT_THAT(log.read(10, 100).events, IsEmpty());
    EXPECT_THAT(log.read(UINT64_MAX, 100).events, IsEmpty());
}

TEST(EventLog, forgets_the_oldest_and_keeps_counting) {
    EventLog log(10, nullptr, "");
    for (int i = 0; i < 10; ++i) {
        log.append("xxx" + std::to_string(i));
    }
    EXPECT_EQ(log.accepted(), 10u);
    EXPECT_EQ(log.kept(), 2u);
    auto page = log.read(0, 100);
    EXPECT_EQ(page.first, 8u);
    EXPECT_THAT(page.events, ElementsAre("xxx8", "xxx9"));
    EXPECT_EQ(log.consume(), "xxx8");
}

TEST(EventLog, one_event_larger_than_the_limit_is_kept_alone) {
    EventLog log(10, nullptr, "");
    log.append("small");
    log.append(std::string(100, 'x'));
    EXPECT_EQ(log.kept(), 1u);
    EXPECT_EQ(log.read(0, 100).first, 1u);
}

TEST(EventLog, gives_each_event_to_one_consumer) {
    EventLog log(1'000, nullptr, "");
    EXPECT_FALSE(log.consume());
    log.append("1");
    log.append("2");
    EXPECT_EQ(log.consume(), "1");
    EXPECT_EQ(log.consume(), "2");
    EXPECT_FALSE(log.consume());
    log.append("3");
    EXPECT_EQ(log.consume(), "3");
}

TEST(EventLog, what_cannot_be_recorded_is_not_accepted) {
    EXPECT_THROW(EventLog(10, nullptr, "/nowhere/at/all"), std::system_error);
    EventLog log(1'000, nullptr, "/dev/full");
    EXPECT_THROW(log.append("{}"), std::system_error);
    EXPECT_EQ(log.accepted(), 0u);
}

}  // namespace
}  // namespace glassflow::sandbox
