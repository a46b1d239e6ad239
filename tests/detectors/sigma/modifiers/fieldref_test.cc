// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(FieldrefModifier, ComparesTwoFieldsOfTheEvent) {
    EXPECT_TRUE(holds("a|fieldref: b", "{a: x, b: X}"));
    EXPECT_FALSE(holds("a|fieldref: b", "{a: x, b: y}"));
    EXPECT_TRUE(holds("a|fieldref: b", "{a: 1, b: '1'}"));
}

TEST(FieldrefModifier, MissingFieldsAreNotEqual) {
    EXPECT_FALSE(holds("a|fieldref: b", "{c: 1}"));
    EXPECT_FALSE(holds("a|fieldref: b", "{a: 1}"));
    EXPECT_FALSE(holds("a|fieldref: b", "{a: null, b: null}"));
}

TEST(FieldrefModifier, GoesWithOpenEnds) {
    EXPECT_TRUE(holds("a|fieldref|endswith: b", "{a: 'x\\\\y', b: 'Y'}"));
    EXPECT_TRUE(holds("a|fieldref|startswith: b", "{a: xy, b: x}"));
    EXPECT_TRUE(holds("a|fieldref|contains: b", "{a: axb, b: x}"));
    EXPECT_FALSE(holds("a|fieldref|startswith: b", "{a: xy, b: y}"));
}

TEST(FieldrefModifier, AnEmptyTextIsInEveryText) {
    EXPECT_TRUE(holds("a|fieldref|contains: b", "{a: '', b: ''}"));
    EXPECT_TRUE(holds("a|fieldref|contains: b", "{a: x, b: ''}"));
}

TEST(FieldrefModifier, MustComeFirst) {
    EXPECT_THAT(item_refusal("a|contains|fieldref: b"),
                testing::HasSubstr("must be the first modifier"));
}

}  // namespace
}  // namespace persandian::sigma::test
