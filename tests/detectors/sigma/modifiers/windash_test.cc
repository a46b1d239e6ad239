// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(WindashModifier, EachDashMayBeAnyOfFive) {
    EXPECT_TRUE(holds("a|windash|contains: ' -enc '", "{a: 'x -enc y'}"));
    EXPECT_TRUE(holds("a|windash|contains: ' -enc '", "{a: 'x /enc y'}"));
    EXPECT_TRUE(holds("a|windash|contains: ' -enc '", "{a: 'x –enc y'}"));
    EXPECT_TRUE(holds("a|windash|contains: ' -enc '", "{a: 'x —enc y'}"));
    EXPECT_TRUE(holds("a|windash|contains: ' -enc '", "{a: 'x ―enc y'}"));
    EXPECT_FALSE(holds("a|windash|contains: ' -enc '", "{a: 'x +enc y'}"));
    EXPECT_TRUE(holds("a|contains|windash: ' -enc '", "{a: 'x /enc y'}"));
}

TEST(WindashModifier, OnlyDashesThatBeginAWord) {
    EXPECT_FALSE(holds("a|windash|contains: 'a-b'", "{a: 'xa/b'}"));
    EXPECT_TRUE(holds("a|windash|contains: 'a-b'", "{a: 'xa-b'}"));
    EXPECT_FALSE(holds("a|windash|contains: '- x'", "{a: '/ x'}"));
}

TEST(WindashModifier, PunctuationBeyondAsciiIsNoWordAndLettersAre) {
    EXPECT_TRUE(holds("a|windash|contains: '“-enc”'", "{a: 'x “/enc” y'}"));
    EXPECT_TRUE(holds("a|windash|contains: '–-enc'", "{a: 'x –/enc y'}"));
    EXPECT_FALSE(holds("a|windash|contains: 'é-enc'", "{a: 'é/enc'}"));
    EXPECT_TRUE(holds("a|windash|contains: ' -é'", "{a: 'x /é'}"));
    EXPECT_FALSE(holds("a|windash|contains: '-“x'", "{a: '/“x'}"));
}

TEST(WindashModifier, SlashesCountAsDashes) {
    EXPECT_TRUE(holds("a|windash|contains: ' /q'", "{a: 'x -q'}"));
}

TEST(WindashModifier, ManyDashesNeedNoExpansion) {
    EXPECT_TRUE(holds("a|windash|contains: ' -a -b -c -d -e -f -g -h -i -j'",
                      "{a: 'x /a –b -c /d ―e -f -g —h -i /j'}"));
    EXPECT_FALSE(holds("a|windash|contains: ' -a -b -c -d -e -f -g -h -i -j'",
                       "{a: 'x /a –b -c +d ―e -f -g —h -i /j'}"));
}

}  // namespace
}  // namespace persandian::sigma::test
