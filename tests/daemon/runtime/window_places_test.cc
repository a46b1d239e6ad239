// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/window_places.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace persandian::runtime {
namespace {

constexpr Timestamp begin = Timestamp::from_seconds(1'800'000'000, 0);
const std::string auth = "/var/log/auth.log";

sources::LogCursor place(std::uint64_t offset, std::uint64_t inode = 7) {
    return {.device = 1, .inode = inode, .offset = offset};
}

TEST(WindowPlaces, NoLineYoungerThanTheSpanIsLeftOut) {
    WindowPlaces places(Duration::minutes(5));
    for (int second = 0; second <= 1200; ++second) {
        const Timestamp now = begin + Duration::seconds(second);
        places.note(auth, place(static_cast<std::uint64_t>(second)), now);
        const std::uint64_t offset = places.at(now).at(auth).offset;
        // What was read within the last five minutes stands behind the place…
        EXPECT_LE(offset, static_cast<std::uint64_t>(std::max(0, second - 300)));
        // …and not much more than that.
        EXPECT_GE(offset + 320, static_cast<std::uint64_t>(second));
    }
}

TEST(WindowPlaces, ALogThatIsSilentKeepsItsPlace) {
    WindowPlaces places(Duration::minutes(5));
    places.note(auth, place(5), begin);
    places.note(auth, place(9), begin + Duration::seconds(60));
    EXPECT_EQ(places.at(begin + Duration::seconds(359)).at(auth).offset, 5U);
    EXPECT_EQ(places.at(begin + Duration::hours(9)).at(auth).offset, 9U);
}

TEST(WindowPlaces, AClockThatGoesBackForgetsNoLine) {
    WindowPlaces places(Duration::minutes(5));
    places.note(auth, place(5), begin);
    places.note(auth, place(9), begin + Duration::seconds(100));
    places.note(auth, place(12), begin + Duration::seconds(50));
    EXPECT_EQ(places.at(begin + Duration::seconds(100)).at(auth).offset, 5U);
}

TEST(WindowPlaces, AfterARotationTheNewFileCountsFromItsBeginning) {
    WindowPlaces places(Duration::minutes(5));
    places.note(auth, place(500), begin);
    places.note(auth, place(30, 8), begin + Duration::seconds(1));
    places.note(auth, place(90, 8), begin + Duration::seconds(100));
    EXPECT_EQ(places.at(begin + Duration::seconds(100)).at(auth), place(0, 8));
    EXPECT_EQ(places.at(begin + Duration::seconds(500)).at(auth), place(90, 8));
}

TEST(WindowPlaces, StoredOnesAreOutOfDateWhenAFileOrAPlaceIsNotBehindThem) {
    const WindowPlaces places(Duration::minutes(5));
    EXPECT_TRUE(places.covers({{auth, place(5)}}, {{auth, place(5)}}));
    EXPECT_TRUE(places.covers({{auth, place(5)}}, {{auth, place(900)}}));
    EXPECT_FALSE(places.covers({{auth, place(5)}}, {{auth, place(4)}}));
    EXPECT_FALSE(places.covers({{auth, place(5)}}, {{auth, place(900, 8)}}));
    EXPECT_FALSE(places.covers({}, {{auth, place(900)}}));
    EXPECT_TRUE(WindowPlaces(Duration{}).covers({}, {{auth, place(900)}}));
}

TEST(WindowPlaces, WithoutCorrelationsThereAreNone) {
    WindowPlaces places(Duration{});
    places.note(auth, place(5), begin);
    EXPECT_TRUE(places.at(begin).empty());
}

TEST(ReadingAgain, IsForTheSameFileAndNotForTooMuch) {
    EXPECT_TRUE(is_worth_reading_again(place(5), place(9)));
    EXPECT_FALSE(is_worth_reading_again(place(9), place(9)));
    EXPECT_FALSE(is_worth_reading_again(place(10), place(9)));
    EXPECT_FALSE(is_worth_reading_again(place(5, 8), place(9)));
    EXPECT_FALSE(is_worth_reading_again({}, {.offset = 9}));
    EXPECT_FALSE(is_worth_reading_again(place(0), place(WindowPlaces::most_bytes + 1)));
}

}  // namespace
}  // namespace persandian::runtime
