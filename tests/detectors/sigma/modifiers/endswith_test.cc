// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(EndswithModifier, TiesTheEnd) {
    EXPECT_TRUE(holds("a|endswith: bc", "{a: abc}"));
    EXPECT_FALSE(holds("a|endswith: bc", "{a: abcx}"));
    EXPECT_TRUE(holds("Image|endswith: '\\CMD.exe'", "{Image: 'C:\\Windows\\cmd.EXE'}"));
}

TEST(EndswithModifier, TheWholeValueEndsWithItself) {
    EXPECT_TRUE(holds("a|endswith: '\\x.exe'", "{a: '\\x.exe'}"));
}

TEST(EndswithModifier, WildcardInsideStaysTied) {
    EXPECT_TRUE(holds("a|endswith: 'a*c'", "{a: xabc}"));
    EXPECT_FALSE(holds("a|endswith: 'a*c'", "{a: abcd}"));
}

}  // namespace
}  // namespace persandian::sigma::test
