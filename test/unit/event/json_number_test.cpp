#include "event/json_number.h"

#include <gtest/gtest.h>

namespace glassflow::event {
namespace {

TEST(JsonNumber, IsWhatJsonCallsANumber) {
    for (const char* number : {"0", "-0", "1", "10", "-12.50", "0.001", "1e5", "1E-07", "1.5e+300", "9007199254740993"})
        EXPECT_TRUE(is_json_number(number)) << number;
    for (const char* other :
         {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "NaN", "Infinity", "0x1", "1 ", " 1", "1,0", "--1"})
        EXPECT_FALSE(is_json_number(other)) << other;
}

}  // namespace
}  // namespace glassflow::event
