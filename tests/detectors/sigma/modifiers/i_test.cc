// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(IModifier, CaseDoesNotMatter) {
    EXPECT_TRUE(holds("a|re|i: 'B.D'", "{a: abcd}"));
    EXPECT_TRUE(holds("a|re|ignorecase: 'B'", "{a: b}"));
}

TEST(IModifier, NeedsRe) {
    EXPECT_THAT(item_refusal("a|i: x"), testing::HasSubstr("stands after 're'"));
}

}  // namespace
}  // namespace persandian::sigma::test
