// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(NeqModifier, NegatesTheWholeItem) {
    EXPECT_TRUE(holds("a|neq: 1", "{a: 2}"));
    EXPECT_FALSE(holds("a|neq: 1", "{a: 1}"));
    EXPECT_FALSE(holds("a|neq: [1, 2]", "{a: 2}"));
    EXPECT_TRUE(holds("a|neq: [1, 2]", "{a: 3}"));
    EXPECT_FALSE(holds("a|contains|neq: b", "{a: abc}"));
}

TEST(NeqModifier, AMissingFieldMeetsIt) {
    EXPECT_TRUE(holds("a|neq: 1", "{b: 1}"));
}

TEST(NeqModifier, GoesWithFieldref) {
    EXPECT_TRUE(holds("a|fieldref|neq: b", "{a: 1, b: 2}"));
    EXPECT_FALSE(holds("a|fieldref|neq: b", "{a: 1, b: 1}"));
}

}  // namespace
}  // namespace persandian::sigma::test
