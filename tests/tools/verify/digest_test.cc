// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/digest.h"

#include <gtest/gtest.h>

#include "tools/verify/encoding.h"

namespace persandian::verify {
namespace {

std::string hex(const Digest& digest) {
    return hex_encode(view_of(digest));
}

PublicKey key_of_hex(std::string_view text) {
    const std::string bytes = hex_decode(text).value();
    PublicKey key{};
    std::copy(bytes.begin(), bytes.end(), key.begin());
    return key;
}

// RFC 8032 section 7.1, test 2.
constexpr std::string_view rfc_key =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view rfc_signature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(Digest, LeafAndNodeAreThoseOfRfc6962) {
    Sha256 sha;
    // Known from Certificate Transparency: the leaf hash of nothing, and the empty tree.
    EXPECT_EQ(hex(sha.leaf("")),
              "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    EXPECT_EQ(hex(sha.of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const std::string joined = std::string("\x01", 1) + std::string(view_of(sha.leaf("a"))) +
                               std::string(view_of(sha.leaf("b")));
    EXPECT_EQ(sha.node(sha.leaf("a"), sha.leaf("b")), sha.of(joined));
}

TEST(Ed25519, AcceptsTheVectorOfTheRfc) {
    EXPECT_TRUE(ed25519_verify(key_of_hex(rfc_key), "\x72", hex_decode(rfc_signature).value()));
}

TEST(Ed25519, RefusesEveryFlippedBit) {
    const std::string good = hex_decode(rfc_signature).value();
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", bad)) << bit;
    }
}

TEST(Ed25519, RefusesSPlusL) {
    // The same signature with the group order added to S: must not verify (RFC 8032 5.1.7).
    static constexpr std::array<unsigned, 32> order = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    std::string bad = hex_decode(rfc_signature).value();
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        const unsigned sum = static_cast<unsigned char>(bad[32 + i]) + order[i] + carry;
        bad[32 + i] = static_cast<char>(sum & 0xFFU);
        carry = sum >> 8U;
    }
    ASSERT_EQ(carry, 0U);
    EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", bad));
}

TEST(Ed25519, RefusesWrongLengths) {
    const std::string good = hex_decode(rfc_signature).value();
    EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", ""));
    EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", good.substr(0, 63)));
    EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", good + '\0'));
    EXPECT_FALSE(ed25519_verify(key_of_hex(rfc_key), "\x72", std::string(64, '\0')));
}

TEST(Ed25519, KnowsTheKeysOfSmallOrder) {
    for (const char* bad : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000080",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"})
        EXPECT_TRUE(is_small_order(key_of_hex(bad))) << bad;
    EXPECT_FALSE(is_small_order(key_of_hex(rfc_key)));
}

}  // namespace
}  // namespace persandian::verify
