#include "sandbox/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glassflow::sandbox {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view json) {
    try {
        parse_fault(json);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

TEST(Fault, reads_everything) {
    auto fault = parse_fault(R"({"status":429,"retry_after":2,"detail":"slow down","hang_ms":10,"close":false,)"
                             R"("accept":true,"count":-1,"probability":0.5})");
    EXPECT_EQ(fault.status, 429);
    EXPECT_EQ(fault.retry_after, "2");
    EXPECT_EQ(fault.detail, "slow down");
    EXPECT_EQ(fault.hang, std::chrono::milliseconds(10));
    EXPECT_FALSE(fault.is_close);
    EXPECT_TRUE(fault.is_accepted);
    EXPECT_EQ(fault.count, -1);
    EXPECT_EQ(fault.probability, 0.5);
    EXPECT_EQ(parse_fault(R"({"status":503,"retry_after":"Wed, 21 Oct 2026 07:28:00 GMT"})").retry_after,
              "Wed, 21 Oct 2026 07:28:00 GMT");
}

TEST(Fault, says_what_is_wrong) {
    EXPECT_THAT(error_of(""), HasSubstr("one JSON object"));
    EXPECT_THAT(error_of("[]"), HasSubstr("one JSON object"));
    EXPECT_THAT(error_of(R"({"stauts":500})"), HasSubstr("unknown key \"stauts\""));
    EXPECT_THAT(error_of(R"({"status":"500"})"), HasSubstr("status is not a whole number"));
    EXPECT_THAT(error_of(R"({"status":99})"), HasSubstr("status is not a whole number"));
    EXPECT_THAT(error_of(R"({"status":500,"count":-2})"), HasSubstr("count"));
    EXPECT_THAT(error_of(R"({"status":500,"probability":2})"), HasSubstr("probability"));
    EXPECT_THAT(error_of(R"({"status":500,"retry_after":"1\r\nX: y"})"), HasSubstr("line break"));
    EXPECT_THAT(error_of(R"({"count":5})"), HasSubstr("needs status"));
    EXPECT_EQ(error_of(R"({"count":0})"), "");
}

TEST(FaultPlan, meets_as_many_requests_as_it_says) {
    FaultPlan plan;
    EXPECT_FALSE(plan.next());
    plan.set({.status = 500, .count = 2});
    EXPECT_TRUE(plan.next());
    EXPECT_TRUE(plan.next());
    EXPECT_FALSE(plan.next());
    plan.set({.status = 500, .count = -1});
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(plan.next());
    }
    plan.set({.count = 0});
    EXPECT_FALSE(plan.next());
}

TEST(FaultPlan, meets_some_requests_only_when_it_is_not_certain) {
    FaultPlan plan;
    plan.set({.status = 500, .count = -1, .probability = 0.5});
    int met = 0;
    for (int i = 0; i < 1'000; ++i) {
        met += plan.next() ? 1 : 0;
    }
    EXPECT_GT(met, 400);
    EXPECT_LT(met, 600);
}

}  // namespace
}  // namespace glassflow::sandbox
