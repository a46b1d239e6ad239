// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(MModifier, AnchorsMatchAtLineEnds) {
    EXPECT_TRUE(holds("a|re|m: '^b$'", "{a: \"a\\nb\\nc\"}"));
    EXPECT_FALSE(holds("a|re: '^b$'", "{a: \"a\\nb\\nc\"}"));
    EXPECT_TRUE(holds("a|re|multiline: '^b$'", "{a: \"a\\nb\"}"));
}

}  // namespace
}  // namespace persandian::sigma::test
