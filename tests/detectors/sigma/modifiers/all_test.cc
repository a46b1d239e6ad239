// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(AllModifier, EveryValueMustHold) {
    EXPECT_TRUE(holds("a|contains|all: [b, d]", "{a: abcd}"));
    EXPECT_FALSE(holds("a|contains|all: [b, x]", "{a: abcd}"));
    EXPECT_TRUE(holds("a|contains: [b, x]", "{a: abcd}"));
}

TEST(AllModifier, ExpansionsStayAlternatives) {
    EXPECT_TRUE(holds("a|windash|contains|all: [' -a', ' -b']", "{a: 'x /a -b'}"));
    EXPECT_FALSE(holds("a|windash|contains|all: [' -a', ' -b']", "{a: 'x /a'}"));
}

TEST(AllModifier, MembersOfAListMayShareTheValues) {
    EXPECT_TRUE(holds("a|contains|all: [b, d]", "{a: [ab, cd]}"));
}

TEST(AllModifier, KeywordsMustAllStandSomewhere) {
    EXPECT_TRUE(holds("'|all': [foo, bar]", "{a: foo, b: xbarx}"));
    EXPECT_FALSE(holds("'|all': [foo, bar]", "{a: foo}"));
}

}  // namespace
}  // namespace persandian::sigma::test
