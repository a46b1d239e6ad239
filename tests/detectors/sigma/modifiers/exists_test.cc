// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(ExistsModifier, TellsPresenceFromAbsence) {
    EXPECT_TRUE(holds("a|exists: true", "{a: 1}"));
    EXPECT_FALSE(holds("a|exists: true", "{b: 1}"));
    EXPECT_TRUE(holds("a|exists: false", "{b: 1}"));
    EXPECT_FALSE(holds("a|exists: false", "{a: 1}"));
}

TEST(ExistsModifier, NullAndEmptyArePresent) {
    EXPECT_TRUE(holds("a|exists: true", "{a: null}"));
    EXPECT_TRUE(holds("a|exists: true", "{a: ''}"));
    EXPECT_FALSE(holds("a|exists: false", "{a: null}"));
}

TEST(ExistsModifier, TakesOneBooleanAsFirstModifier) {
    EXPECT_THAT(item_refusal("a|exists: x"), testing::HasSubstr("takes exactly one value"));
    EXPECT_THAT(item_refusal("a|exists: [true, false]"),
                testing::HasSubstr("takes exactly one value"));
    EXPECT_THAT(item_refusal("a|contains|exists: true"),
                testing::HasSubstr("must be the first modifier"));
    EXPECT_THAT(item_refusal("'|exists': true"), testing::HasSubstr("needs a field name"));
}

}  // namespace
}  // namespace persandian::sigma::test
