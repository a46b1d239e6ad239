// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(SModifier, TheDotMatchesLineEnds) {
    EXPECT_TRUE(holds("a|re|s: 'a.b'", "{a: \"a\\nb\"}"));
    EXPECT_FALSE(holds("a|re: 'a.b'", "{a: \"a\\nb\"}"));
    EXPECT_TRUE(holds("a|re|dotall: 'a.b'", "{a: \"a\\nb\"}"));
}

}  // namespace
}  // namespace persandian::sigma::test
