// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(Utf16leModifier, EncodesInUtf16LowByteFirst) {
    EXPECT_TRUE(holds("a|utf16le|base64offset|contains: ping", "{a: eHhwAGkAbgBnAAB4}"));
    EXPECT_TRUE(holds("a|wide|base64|contains: ping", "{a: cABpAG4AZwA=}"));
    EXPECT_FALSE(holds("a|wide|base64|contains: ping", "{a: cGluZw==}"));
}

TEST(Utf16leModifier, WildcardsAreRefused) {
    EXPECT_THAT(item_refusal("a|wide: 'p*'"), testing::HasSubstr("cannot encode a wildcard"));
}

}  // namespace
}  // namespace persandian::sigma::test
