// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/hash_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HashIndex, GivesAllNumbersOfAHashOnceAndInOrder) {
    HashIndex index;
    index.add(7, 3);
    index.add(9, 1);
    index.add(7, 1);
    index.add(7, 3);
    index.build();
    EXPECT_THAT(index.find(7), ElementsAre(1U, 3U));
    EXPECT_THAT(index.find(9), ElementsAre(1U));
    EXPECT_THAT(index.find(8), IsEmpty());
}

TEST(HashIndex, HashesThatMeetInOneBucketStayApart) {
    HashIndex index;
    for (std::uint32_t i = 0; i < 100; ++i) index.add(std::uint64_t{i} << 40U, i);
    index.build();
    for (std::uint32_t i = 0; i < 100; ++i)
        EXPECT_THAT(index.find(std::uint64_t{i} << 40U), ElementsAre(i));
    EXPECT_THAT(index.find(std::uint64_t{100} << 40U), IsEmpty());
}

TEST(HashIndex, EmptyFindsNothing) {
    HashIndex index;
    EXPECT_TRUE(index.empty());
    index.build();
    EXPECT_TRUE(index.empty());
    EXPECT_THAT(index.find(0), IsEmpty());
}

}  // namespace
}  // namespace persandian::sigma
