// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/throttle.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace persandian::suppression {
namespace {

constexpr Timestamp begin = Timestamp::from_seconds(1'790'000'000);

Timestamp at(std::int64_t seconds) {
    return begin + Duration::seconds(seconds);
}

TEST(ThrottleWindows, LetsTheFirstPassInEachWindow) {
    ThrottleWindows windows(2, Duration::seconds(60), 10);
    EXPECT_TRUE(windows.passes("a", at(0)));
    EXPECT_TRUE(windows.passes("a", at(1)));
    EXPECT_FALSE(windows.passes("a", at(2)));
    EXPECT_FALSE(windows.passes("a", at(59)));
    EXPECT_TRUE(windows.passes("b", at(59)));
    EXPECT_TRUE(windows.passes("a", at(60)));
    EXPECT_TRUE(windows.passes("a", at(61)));
    EXPECT_FALSE(windows.passes("a", at(62)));
}

TEST(ThrottleWindows, SlightlyLateOnesCountIntoTheWindow) {
    ThrottleWindows windows(1, Duration::seconds(60), 10);
    EXPECT_TRUE(windows.passes("a", at(100)));
    EXPECT_FALSE(windows.passes("a", at(99)));
    EXPECT_FALSE(windows.passes("a", at(40)));
    EXPECT_TRUE(windows.passes("a", at(39)));  // of another time
}

TEST(ThrottleWindows, ForgottenKeysPass) {
    ThrottleWindows windows(1, Duration::seconds(60), 2);
    EXPECT_TRUE(windows.passes("a", at(0)));
    EXPECT_TRUE(windows.passes("b", at(0)));
    EXPECT_FALSE(windows.passes("a", at(1)));  // used again: b is the older one now
    EXPECT_TRUE(windows.passes("c", at(1)));
    EXPECT_EQ(windows.evicted_keys(), 1U);
    EXPECT_FALSE(windows.passes("a", at(2)));
    EXPECT_TRUE(windows.passes("b", at(2)));
    windows.forget();
    EXPECT_TRUE(windows.passes("a", at(3)));
}

TEST(ThrottleWindows, AbsurdTimesDoNotOverflow) {
    ThrottleWindows windows(1, Duration::hours(168), 10);
    EXPECT_TRUE(windows.passes("a", Timestamp{INT64_MIN}));
    EXPECT_TRUE(windows.passes("a", Timestamp{INT64_MAX}));
    EXPECT_FALSE(windows.passes("a", Timestamp{INT64_MAX}));
    EXPECT_TRUE(windows.passes("a", Timestamp{INT64_MIN}));
}

}  // namespace
}  // namespace persandian::suppression
