// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(Base64Modifier, EncodesTheText) {
    EXPECT_TRUE(holds("a|base64|contains: foobar", "{a: xZm9vYmFyx}"));
    EXPECT_TRUE(holds("a|base64: foo", "{a: Zm9v}"));
    EXPECT_FALSE(holds("a|base64: foo", "{a: foo}"));
}

TEST(Base64Modifier, WildcardsAreRefusedAndEscapedOnesAreCharacters) {
    EXPECT_THAT(item_refusal("a|base64: 'f*'"), testing::HasSubstr("cannot encode a wildcard"));
    EXPECT_TRUE(holds("a|base64: 'f\\*'", "{a: Zio=}"));
}

}  // namespace
}  // namespace persandian::sigma::test
