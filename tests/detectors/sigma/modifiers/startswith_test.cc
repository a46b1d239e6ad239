// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(StartswithModifier, TiesTheStart) {
    EXPECT_TRUE(holds("a|startswith: ab", "{a: abc}"));
    EXPECT_FALSE(holds("a|startswith: ab", "{a: xab}"));
    EXPECT_TRUE(holds("a|startswith: AB", "{a: abc}"));
}

TEST(StartswithModifier, WildcardInsideStaysTied) {
    EXPECT_TRUE(holds("a|startswith: 'a*c'", "{a: abcd}"));
    EXPECT_FALSE(holds("a|startswith: 'a*c'", "{a: xabcd}"));
}

}  // namespace
}  // namespace persandian::sigma::test
