// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(CasedModifier, CaseMatters) {
    EXPECT_TRUE(holds("a|cased: Ab", "{a: Ab}"));
    EXPECT_FALSE(holds("a|cased: Ab", "{a: ab}"));
    EXPECT_TRUE(holds("a|contains|cased: B", "{a: aBc}"));
    EXPECT_FALSE(holds("a|contains|cased: B", "{a: abc}"));
    EXPECT_FALSE(holds("a|cased|endswith: B", "{a: ab}"));
}

TEST(CasedModifier, BooleansHaveNoCase) {
    EXPECT_TRUE(holds("a|cased: true", "{a: True}"));
    EXPECT_TRUE(holds("a|cased: [true, Ab]", "{a: 'TRUE'}"));
    EXPECT_FALSE(holds("a|cased: [true, Ab]", "{a: ab}"));
}

TEST(CasedModifier, DoesNotGoWithRegularExpressions) {
    EXPECT_THAT(item_refusal("a|re|cased: x"), testing::HasSubstr("does not go with 're'"));
}

}  // namespace
}  // namespace persandian::sigma::test
