// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(CidrModifier, HoldsInsideTheNetwork) {
    EXPECT_TRUE(holds("a|cidr: 192.0.2.0/24", "{a: 192.0.2.77}"));
    EXPECT_FALSE(holds("a|cidr: 192.0.2.0/24", "{a: 192.0.3.1}"));
    EXPECT_TRUE(holds("a|cidr: [10.0.0.0/8, 192.0.2.0/24]", "{a: 192.0.2.1}"));
}

TEST(CidrModifier, ComparesAddressesNotTexts) {
    EXPECT_TRUE(holds("a|cidr: '2001:db8::/32'", "{a: '2001:0db8:0000:0000:0000:0000:0000:0001'}"));
    EXPECT_TRUE(holds("a|cidr: '::1/128'", "{a: '0:0:0:0:0:0:0:1'}"));
}

TEST(CidrModifier, AMappedAddressIsItsIpv4Address) {
    EXPECT_TRUE(holds("a|cidr: 192.0.2.0/24", "{a: '::ffff:192.0.2.1'}"));
}

TEST(CidrModifier, OtherTextsAreOutside) {
    EXPECT_FALSE(holds("a|cidr: 192.0.2.0/24", "{a: 192.0.2}"));
    EXPECT_FALSE(holds("a|cidr: 192.0.2.0/24", "{a: ''}"));
    EXPECT_FALSE(holds("a|cidr: 192.0.2.0/24", "{b: 192.0.2.1}"));
}

TEST(CidrModifier, RefusesWhatIsNoNetwork) {
    EXPECT_THAT(item_refusal("a|cidr: 192.0.2.1/24"), testing::HasSubstr("is not a network"));
    EXPECT_THAT(item_refusal("a|cidr: x"), testing::HasSubstr("is not a network"));
    EXPECT_THAT(item_refusal("a|contains|cidr: 192.0.2.0/24"),
                testing::HasSubstr("must be the first modifier"));
}

}  // namespace
}  // namespace persandian::sigma::test
