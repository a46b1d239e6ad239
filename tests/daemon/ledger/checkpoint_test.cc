// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/checkpoint.h"

#include <gtest/gtest.h>

#include "detectors/base/encoding.h"
#include "tests/daemon/ledger/fixture.h"

namespace persandian::test {
namespace {

using namespace ledger;

const Checkpoint sample{.origin = "example.go.id/sulteng/sensor-1/00000001",
                        .size = 1234,
                        .root = sha256(as_bytes("root"))};

std::string signed_sample() {
    const auto signer = WriterParts::fixed_signer();
    return *sign_checkpoint(sample, *signer);
}

TEST(Checkpoint, OpensWhatItSigned) {
    const auto signer = WriterParts::fixed_signer();
    const auto opened = open_checkpoint(signed_sample(), signer->public_key());
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, sample);
    EXPECT_EQ(generation_of(opened->origin), 1U);
}

TEST(Checkpoint, EveryFlippedBitIsNoticed) {
    const auto signer = WriterParts::fixed_signer();
    const std::string note = signed_sample();
    for (std::size_t i = 0; i < note.size() * 8; ++i) {
        std::string bad = note;
        bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(open_checkpoint(bad, signer->public_key())) << "bit " << i;
    }
}

TEST(Checkpoint, EveryTruncationIsNoticed) {
    const auto signer = WriterParts::fixed_signer();
    const std::string note = signed_sample();
    for (std::size_t size = 0; size < note.size(); ++size)
        EXPECT_FALSE(open_checkpoint(note.substr(0, size), signer->public_key())) << size;
    EXPECT_FALSE(open_checkpoint(note + "x", signer->public_key()));
    EXPECT_FALSE(open_checkpoint(note + "\n", signer->public_key()));
}

/// A note over any text, signed rightly, so that only the form can be refused.
std::string sign_text(const std::string& text, std::string_view name = sample.origin) {
    const auto signer = WriterParts::fixed_signer();
    const auto signature = signer->sign(as_bytes(text));
    std::string line;
    const std::uint32_t id = key_id(name, signer->public_key());
    for (unsigned shift = 32; shift > 0; shift -= 8)
        line += static_cast<char>((id >> (shift - 8)) & 0xFFU);
    line += as_text(*signature);
    return text + "\n\xE2\x80\x94 " + std::string(name) + " " + base64_encode(as_bytes(line)) +
           "\n";
}

TEST(Checkpoint, OnlyTheThreeLinesAreAccepted) {
    const auto signer = WriterParts::fixed_signer();
    const std::string root = base64_encode(sample.root.bytes);
    const std::string origin = sample.origin;
    ASSERT_TRUE(
        open_checkpoint(sign_text(origin + "\n1234\n" + root + "\n"), signer->public_key()));
    const std::string bad[] = {
        origin + "\n01234\n" + root + "\n",
        origin + "\n+1234\n" + root + "\n",
        origin + "\n-1\n" + root + "\n",
        origin + "\n 1234\n" + root + "\n",
        origin + "\n\n" + root + "\n",
        origin + "\n9223372036854775809\n" + root + "\n",
        origin + "\n99999999999999999999999\n" + root + "\n",
        origin + "\n1234\n" + root + "\nextension\n",
        origin + "\n1234\n" + root.substr(0, 40) + "\n",
        origin + "\n1234\n" + root.substr(0, 43) + "\n",
        origin + "\n1234\n" + root + "AAAA\n",
        origin + "\r\n1234\r\n" + root + "\r\n",
        origin + "\n1234\n" + root.substr(0, 42) + "b=\n",  // unused bits
    };
    for (const std::string& text : bad)
        EXPECT_FALSE(open_checkpoint(sign_text(text), signer->public_key())) << text;
}

TEST(Checkpoint, OtherKeysLinesAreIgnoredButABadOneOfOursRefuses) {
    const auto signer = WriterParts::fixed_signer();
    const std::string note = signed_sample();
    const std::string foreign =
        "\xE2\x80\x94 witness.example " + base64_encode(as_bytes("abcdefghijklmnop")) + "\n";
    EXPECT_TRUE(open_checkpoint(note + foreign, signer->public_key()));
    EXPECT_FALSE(open_checkpoint(note + "no signature line\n", signer->public_key()));
    // A second line of our key that is wrong, beside the good one.
    std::string bad = note.substr(note.find("\n\n") + 2);
    bad[bad.size() - 10] = bad[bad.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_checkpoint(note + bad, signer->public_key()));
    // Only foreign lines left: not signed.
    EXPECT_FALSE(open_checkpoint(checkpoint_text(sample) + "\n" + foreign, signer->public_key()));
    std::string many = note;
    for (int i = 0; i < 16; ++i) many += foreign;
    EXPECT_TRUE(open_checkpoint(many, signer->public_key()));
    for (int i = 0; i < 1000; ++i) many += foreign;
    EXPECT_FALSE(open_checkpoint(many, signer->public_key()));
}

TEST(Checkpoint, OtherNameOrOtherKeyDoesNotOpenIt) {
    const auto signer = WriterParts::fixed_signer();
    const auto other = WriterParts::fixed_signer(8);
    EXPECT_FALSE(open_checkpoint(signed_sample(), other->public_key()));
    EXPECT_FALSE(open_checkpoint(sign_text(checkpoint_text(sample), "example.go.id/other"),
                                 signer->public_key()));
}

TEST(Checkpoint, OriginsAndGenerations) {
    EXPECT_TRUE(is_origin("a/b/c/00000001"));
    for (const std::string bad : {"", "abc", "a b/c", "a+b/c", "a/\x7F", "a/\xC3\xA9"})
        EXPECT_FALSE(is_origin(bad)) << bad;
    EXPECT_TRUE(is_origin("a/" + std::string(126, 'b')));
    EXPECT_FALSE(is_origin("a/" + std::string(127, 'b')));
    EXPECT_EQ(generation_of("a/b/c/00000017"), 17U);
    for (const char* bad : {"a/b", "a/00000000", "a/0000001", "a/000000001", "a/0000000x", ""})
        EXPECT_FALSE(generation_of(bad)) << bad;
}

TEST(Vkey, RoundTripAndStrictness) {
    const auto signer = WriterParts::fixed_signer();
    const std::string text = vkey("example.go.id/x", signer->public_key());
    const auto parsed = parse_vkey(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->name, "example.go.id/x");
    EXPECT_EQ(parsed->key, signer->public_key());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string bad = text;
        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        if (bad != text) {
            EXPECT_FALSE(parse_vkey(bad)) << i;
        }
        EXPECT_FALSE(parse_vkey(text.substr(0, i)));
    }
}

// The example key of the C2SP signed-note specification: "PeterNeumann".
TEST(Vkey, KeyIdOfTheSpecificationsExample) {
    EXPECT_TRUE(parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

TEST(Signer, PemRoundTripAndForeignKeys) {
    const auto signer = WriterParts::fixed_signer();
    const auto again = MemorySigner::from_pem(signer->private_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->public_key(), signer->public_key());
    const auto key = parse_public_key_pem(public_key_pem(signer->public_key()));
    ASSERT_TRUE(key);
    EXPECT_EQ(*key, signer->public_key());
    EXPECT_FALSE(MemorySigner::from_pem(""));
    EXPECT_FALSE(MemorySigner::from_pem(public_key_pem(signer->public_key())));
    EXPECT_FALSE(parse_public_key_pem(signer->private_pem()));
}

// RFC 8032 section 7.1, test 2.
TEST(Signer, KnownSignatureOfRfc8032) {
    const auto seed =
        hex_decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const auto signer =
        MemorySigner::from_seed(std::span<const std::byte, 32>(as_bytes(*seed).data(), 32));
    EXPECT_EQ(hex_encode(signer->public_key()),
              "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    EXPECT_EQ(hex_encode(*signer->sign(as_bytes("\x72"))),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

}  // namespace
}  // namespace persandian::test
