// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(Utf16beModifier, EncodesInUtf16HighByteFirst) {
    EXPECT_TRUE(holds("a|utf16be|base64: ping", "{a: AHAAaQBuAGc=}"));
    EXPECT_FALSE(holds("a|utf16be|base64: ping", "{a: cABpAG4AZwA=}"));
}

}  // namespace
}  // namespace persandian::sigma::test
