// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/timestamp.h"

#include <gtest/gtest.h>

namespace persandian {
namespace {

TEST(Timestamp, ReadsRfc3339AndItsRelatives) {
    const Timestamp expected = Timestamp::from_seconds(1'786'760'641, 123'000'000);
    for (const std::string_view text :
         {"2026-08-15T02:24:01.123Z", "2026-08-15 02:24:01,123", "2026-08-15T10:24:01.123+08:00",
          "2026-08-14T21:24:01.123-0500", "2026-08-15T10:24:01.123000000+08"})
        EXPECT_EQ(parse_rfc3339(text), expected) << text;
}

TEST(Timestamp, RefusesImpossibleTimes) {
    for (const std::string_view bad :
         {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
          "2026-01-01T00:00:00+25:00", "2026-01-01", "x026-01-01T00:00:00Z",
          "2026-01-01T00:00:00Zx", "9999-01-01T00:00:00Z"})
        EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(Timestamp, AbsurdTimesAreBroughtToWhereOneCanReckon) {
    EXPECT_EQ(within_reckoning({INT64_MIN}), earliest_reckoned);
    EXPECT_EQ(within_reckoning({INT64_MAX}), latest_reckoned);
    // The last second that a classic capture file can tell.
    const Timestamp last = Timestamp::from_seconds(UINT32_MAX);
    EXPECT_EQ(within_reckoning(last), last);
    const Duration century = Duration::hours(24LL * 36'525);
    EXPECT_GT(latest_reckoned - earliest_reckoned, latest_reckoned - Timestamp{});
    EXPECT_GT(latest_reckoned + century, latest_reckoned);
    EXPECT_LT(earliest_reckoned - century, earliest_reckoned);
}

TEST(Timestamp, FormatsBeforeAndAfterTheEpoch) {
    EXPECT_EQ(format_rfc3339_ns({-1}), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(format_eve(Timestamp::from_seconds(0, 1'500)), "1970-01-01T00:00:00.000001+0000");
}

TEST(Timestamp, CalendarRoundTripsInEveryZone) {
    for (const int offset : {-720, 0, 420, 480, 540, 845}) {
        const Timestamp time = Timestamp::from_seconds(1'772'323'199, 999'999'999);
        EXPECT_EQ(from_calendar(to_calendar(time, offset), offset), time) << offset;
    }
}

}  // namespace
}  // namespace persandian
