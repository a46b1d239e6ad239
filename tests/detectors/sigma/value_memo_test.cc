// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/value_memo.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ValueMemo, GivesBackWhatWasKept) {
    ValueMemo memo(4);
    memo.keep(7, 1, "text", Variants{3, 5});
    memo.keep(8, 1, "", Variants{});
    ASSERT_TRUE(memo.find(7, 1, "text"));
    EXPECT_THAT(*memo.find(7, 1, "text"), ElementsAre(3U, 5U));
    ASSERT_TRUE(memo.find(8, 1, ""));
    EXPECT_THAT(*memo.find(8, 1, ""), IsEmpty());
}

TEST(ValueMemo, AnEqualHashIsNotAnEqualValue) {
    ValueMemo memo(4);
    memo.keep(7, 1, "text", Variants{3});
    EXPECT_FALSE(memo.find(7, 1, "next"));
    EXPECT_FALSE(memo.find(7, 1, "text "));
    EXPECT_FALSE(memo.find(7, 2, "text"));
    memo.keep(7, 2, "text", Variants{4});
    EXPECT_THAT(*memo.find(7, 1, "text"), ElementsAre(3U));
    EXPECT_THAT(*memo.find(7, 2, "text"), ElementsAre(4U));
}

TEST(ValueMemo, OfThreeInOnePlaceTheOldestGoes) {
    ValueMemo memo(2);
    memo.keep(1, 1, "a", Variants{1});
    memo.keep(2, 1, "b", Variants{2, 2, 2});
    memo.keep(3, 1, "c", Variants{3});
    EXPECT_FALSE(memo.find(1, 1, "a"));
    EXPECT_THAT(*memo.find(2, 1, "b"), ElementsAre(2U, 2U, 2U));
    EXPECT_THAT(*memo.find(3, 1, "c"), ElementsAre(3U));
}

TEST(ValueMemo, WhatIsTooLongIsNotKept) {
    ValueMemo memo(2);
    const std::string longest(ValueMemo::max_text_bytes, 'x');
    memo.keep(1, 1, longest, Variants{1});
    EXPECT_TRUE(memo.find(1, 1, longest));
    memo.keep(2, 1, longest + 'x', Variants{1});
    EXPECT_FALSE(memo.find(2, 1, longest + 'x'));
    memo.keep(3, 1, "many", Variants(ValueMemo::max_variants + 1));
    EXPECT_FALSE(memo.find(3, 1, "many"));
}

TEST(ValueMemo, ForgetsWhatWasWrittenARoundAgoAndNothingNewer) {
    constexpr std::size_t values = 4096;
    ValueMemo memo(values);
    const auto text_of = [](std::uint64_t number) {
        return std::string(number % 900, static_cast<char>('a' + number % 26)) +
               std::to_string(number);
    };
    constexpr std::size_t bytes_surely_there =
        values * ValueMemo::ring_bytes_per_value - 2 * ValueMemo::max_text_bytes;
    for (std::uint64_t number = 1; number <= 3000; ++number) {
        memo.keep(number, 1, text_of(number), Variants{static_cast<VariantId>(number)});
        std::size_t bytes = 0;
        for (std::uint64_t old = number; old > 0; --old) {
            bytes += sizeof old + text_of(old).size() + 3 + sizeof(VariantId);
            const auto known = memo.find(old, 1, text_of(old));
            if (bytes <= bytes_surely_there) {
                ASSERT_TRUE(known) << old << " at " << number;
            }
            if (known) {
                ASSERT_THAT(*known, ElementsAre(old)) << " at " << number;
            }
            if (number % 97 != 0) break;  // all of them only now and then
        }
    }
    EXPECT_FALSE(memo.find(1, 1, text_of(1)));
}

}  // namespace
}  // namespace persandian::sigma
