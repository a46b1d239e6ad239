// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/policy.h"

#include <gtest/gtest.h>

#include "tests/tools/verify/signing.h"

namespace persandian::verify {
namespace {

std::string witness_vkey(const std::string& name, unsigned char seed) {
    const test::NoteSigner signer(seed);
    std::string blob(1, '\x04');
    for (const unsigned char byte : signer.key()) blob += static_cast<char>(byte);
    std::string id;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        id += static_cast<char>((key_id_of(name, 4, signer.key()) >> (shift - 8)) & 0xFFU);
    return name + "+" + hex_encode(id) + "+" + base64_encode(blob);
}

std::string three_witnesses() {
    return "# who must have seen a head\nwitness a " + witness_vkey("w.example/a", 1) +
           "\nwitness b " + witness_vkey("w.example/b", 2) + " https://w.example/\nwitness c " +
           witness_vkey("w.example/c", 3) + "\n";
}

TEST(PolicyText, TwoOfThree) {
    const auto parsed = Policy::parse(three_witnesses() + "group g 2 a b c\nquorum g\n");
    ASSERT_TRUE(std::holds_alternative<Policy>(parsed)) << std::get<std::string>(parsed);
    const auto& policy = std::get<Policy>(parsed);
    EXPECT_FALSE(policy.is_met({}));
    EXPECT_FALSE(policy.is_met({"a"}));
    EXPECT_FALSE(policy.is_met({"a", "x"}));
    EXPECT_TRUE(policy.is_met({"a", "c"}));
    EXPECT_EQ(policy.needed(), 2U);
}

TEST(PolicyText, GroupsOfGroups) {
    const auto parsed =
        Policy::parse(three_witnesses() + "group g any a b\ngroup h all g c\nquorum h\n");
    ASSERT_TRUE(std::holds_alternative<Policy>(parsed));
    EXPECT_TRUE(std::get<Policy>(parsed).is_met({"b", "c"}));
    EXPECT_FALSE(std::get<Policy>(parsed).is_met({"a", "b"}));
}

TEST(PolicyText, NoneAsksForNobodyAndIsNeverMet) {
    const auto parsed = Policy::parse("quorum none\n");
    ASSERT_TRUE(std::holds_alternative<Policy>(parsed));
    EXPECT_FALSE(std::get<Policy>(parsed).asks_for_witnesses());
    EXPECT_FALSE(std::get<Policy>(parsed).is_met({}));
}

TEST(PolicyText, WhatIsNotUnderstoodIsRefused) {
    for (const std::string& bad : {
             std::string(),
             std::string("quorum g\n"),
             std::string("quorum none\nquorum none\n"),
             std::string("witness a nonsense\nquorum a\n"),
             std::string("groups g 1 a\nquorum none\n"),
             three_witnesses() + "group g 0 a b\nquorum g\n",
             three_witnesses() + "group g 3 a b\nquorum g\n",
             three_witnesses() + "group g 1 a x\nquorum g\n",
             three_witnesses() + "group a 1 b\nquorum a\n",
             three_witnesses() + "witness a " + witness_vkey("w.example/d", 4) + "\nquorum a\n",
         })
        EXPECT_TRUE(std::holds_alternative<std::string>(Policy::parse(bad))) << bad;
}

}  // namespace
}  // namespace persandian::verify
