// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(Base64offsetModifier, FindsTheTextAtEachOffset) {
    EXPECT_TRUE(holds("a|base64offset|contains: 'http://'", "{a: 'aHR0cDovL2E='}"));
    EXPECT_TRUE(holds("a|base64offset|contains: 'http://'", "{a: 'eGh0dHA6Ly9h'}"));
    EXPECT_TRUE(holds("a|base64offset|contains: 'http://'", "{a: 'eHhodHRwOi8vYQ=='}"));
    EXPECT_FALSE(holds("a|base64offset|contains: 'http://'", "{a: 'eHhodHRwcy8vYQ=='}"));
}

TEST(Base64offsetModifier, CountsBytesNotCharacters) {
    EXPECT_TRUE(holds("a|base64offset|contains: 'é://'", "{a: 'eMOpOi8vYQ=='}"));
}

TEST(Base64offsetModifier, TooShortTextsAreRefused) {
    EXPECT_THAT(item_refusal("a|base64offset|contains: 'a'"), testing::HasSubstr("too short"));
}

}  // namespace
}  // namespace persandian::sigma::test
