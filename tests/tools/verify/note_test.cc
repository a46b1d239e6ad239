// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/note.h"

#include <gtest/gtest.h>

#include "tests/tools/verify/signing.h"

namespace persandian::verify {
namespace {

constexpr const char* origin = "example.go.id/sulteng/sensor-1/00000001";

bool parses(const std::string& note) {
    return std::holds_alternative<Checkpoint>(parse_checkpoint(note));
}

SignatureState state_of(const std::string& note, const PublicKey& key) {
    auto parsed = parse_checkpoint(note);
    if (!std::holds_alternative<Checkpoint>(parsed)) {
        ADD_FAILURE() << std::get<Fault>(parsed) << "\n" << note;
        return SignatureState::absent;
    }
    return check_log_signature(std::get<Checkpoint>(parsed), key);
}

class Note : public testing::Test {
  protected:
    test::NoteSigner signer_;
    test::NoteSigner other_{2};
    std::string text_ = test::checkpoint_text(origin, "42");
    std::string good_ = text_ + "\n" + signer_.line(origin, text_);
};

TEST_F(Note, AGoodCheckpointIsRead) {
    const auto parsed = parse_checkpoint(good_);
    ASSERT_TRUE(std::holds_alternative<Checkpoint>(parsed));
    const auto& checkpoint = std::get<Checkpoint>(parsed);
    EXPECT_EQ(checkpoint.origin, origin);
    EXPECT_EQ(checkpoint.size, 42U);
    EXPECT_EQ(checkpoint.text, text_);
    EXPECT_EQ(check_log_signature(checkpoint, signer_.key()), SignatureState::good);
    EXPECT_EQ(check_log_signature(checkpoint, other_.key()), SignatureState::absent);
}

TEST_F(Note, OneByteOffIsRefusedWhereverItIs) {
    for (std::size_t at = 0; at < good_.size(); ++at)
        for (const int mask : {0x01, 0x20, 0x80}) {
            std::string bad = good_;
            bad[at] = static_cast<char>(bad[at] ^ mask);
            auto parsed = parse_checkpoint(bad);
            if (const auto* checkpoint = std::get_if<Checkpoint>(&parsed)) {
                EXPECT_NE(check_log_signature(*checkpoint, signer_.key()), SignatureState::good)
                    << at;
            }
        }
}

TEST_F(Note, TruncationIsRefusedAtEveryByte) {
    for (std::size_t size = 0; size < good_.size(); ++size)
        EXPECT_FALSE(parses(good_.substr(0, size))) << size;
}

TEST_F(Note, FormIsStrict) {
    const auto with_text = [this](const std::string& text) {
        return parses(text + "\n" + signer_.line(origin, text));
    };
    const std::string root = base64_encode(std::string(32, 'r')) + "\n";
    EXPECT_TRUE(with_text(text_));
    for (const std::string& bad : {
             std::string("example.go.id/a\r\n42\r\n") + root,  // CRLF
             std::string("example.go.id/a\n042\n") + root,     // leading zero
             std::string("example.go.id/a\n+42\n") + root,
             std::string("example.go.id/a\n-1\n") + root,
             std::string("example.go.id/a\n 42\n") + root,
             std::string("example.go.id/a\n9223372036854775808\n") + root,   // 2^63
             std::string("example.go.id/a\n18446744073709551616\n") + root,  // 2^64
             std::string("example.go.id/a b\n42\n") + root,
             std::string("example.go.id/a+b\n42\n") + root, std::string("\n42\n") + root,
             std::string(129, 'a') + "\n42\n" + root, std::string("example.go.id/a\n42\n"),
             std::string("example.go.id/a\n42\n") + root + "extension\n",
             std::string("example.go.id/a\n42\nQUJD\n"),
             std::string("example.go.id/a\n42\n") + base64_encode(std::string(31, 'r')) + "\n",
             std::string("example.go.id/a\n42\n") + base64_encode(std::string(33, 'r')) + "\n",
             std::string("example.go.id/a\n42\n") + root + "\n",  // second blank line
         })
        EXPECT_FALSE(with_text(bad)) << bad;
    EXPECT_FALSE(parses(text_ + "\n"));                                     // no signature
    EXPECT_FALSE(parses(good_ + "\n"));                                     // blank line at the end
    EXPECT_FALSE(parses(good_ + "x\n"));                                    // not a signature line
    EXPECT_FALSE(parses(text_ + "\n- " + good_.substr(text_.size() + 5)));  // hyphen for em dash
    EXPECT_FALSE(parses(text_ + "\n\xE2\x80\x94 x AAAA\n"));                // too short
}

TEST_F(Note, UnusedBitsOfBase64MustBeZero) {
    // The blob is 68 bytes: its last letter before '=' carries two unused bits.
    std::string bad = good_;
    const std::size_t at = bad.size() - 3;
    ASSERT_EQ(bad[at + 1], '=');
    bad[at] = static_cast<char>(bad[at] + 1);
    EXPECT_FALSE(parses(bad));
}

TEST_F(Note, SixtyFourSignatureLinesAndNoMore) {
    std::string note = text_ + "\n";
    for (int i = 0; i < 63; ++i) note += other_.line("w" + std::to_string(i), text_);
    EXPECT_EQ(state_of(note, signer_.key()), SignatureState::absent);
    EXPECT_EQ(state_of(note + signer_.line(origin, text_), signer_.key()), SignatureState::good);
    EXPECT_FALSE(parses(note + signer_.line(origin, text_) + other_.line("w", text_)));
    for (int i = 0; i < 1000; ++i) note += other_.line("x", text_);
    EXPECT_FALSE(parses(note));
}

TEST_F(Note, ABadLineOfAKnownKeySpoilsTheNote) {
    const std::string good = signer_.line(origin, text_);
    const std::string bad = test::NoteSigner::raw_line(origin, key_id_of(origin, 1, signer_.key()),
                                                       std::string(64, '\x05'));
    EXPECT_EQ(state_of(text_ + "\n" + good + bad, signer_.key()), SignatureState::bad);
    EXPECT_EQ(state_of(text_ + "\n" + bad + good, signer_.key()), SignatureState::bad);
    EXPECT_EQ(state_of(text_ + "\n" + good + good, signer_.key()), SignatureState::good);
}

TEST_F(Note, ForeignLinesAloneProveNothing) {
    EXPECT_EQ(state_of(text_ + "\n" + other_.line("example.go.id/w", text_), signer_.key()),
              SignatureState::absent);
    // The right key under another name, and another key under the right name and key id.
    EXPECT_EQ(
        state_of(text_ + "\n" + signer_.line("example.go.id/other/00000001", text_), signer_.key()),
        SignatureState::absent);
    const std::string collision = test::NoteSigner::raw_line(
        origin, key_id_of(origin, 1, signer_.key()), other_.signature(text_));
    EXPECT_EQ(state_of(text_ + "\n" + collision, signer_.key()), SignatureState::bad);
}

TEST_F(Note, TypesAreNotMixedUp) {
    // A log signature under the key id of a cosignature, and a cosignature under that of a log.
    const std::string as_witness = text_ + "\n" + signer_.line("example.go.id/w", text_, 4);
    auto parsed = parse_checkpoint(as_witness);
    EXPECT_EQ(
        check_cosignature(std::get<Checkpoint>(parsed), "example.go.id/w", signer_.key()).state,
        SignatureState::bad);
    const std::string cosignature = signer_.cosignature(origin, text_, 7, 7);
    EXPECT_EQ(state_of(text_ + "\n" + cosignature, signer_.key()), SignatureState::absent);
}

TEST_F(Note, ACosignatureCoversItsTime) {
    auto parsed = parse_checkpoint(
        text_ + "\n" + signer_.cosignature("example.go.id/w", text_, 1'786'760'000, 1'786'760'000));
    const Cosignature good =
        check_cosignature(std::get<Checkpoint>(parsed), "example.go.id/w", signer_.key());
    EXPECT_EQ(good.state, SignatureState::good);
    EXPECT_EQ(good.time, 1'786'760'000U);
    parsed = parse_checkpoint(
        text_ + "\n" + signer_.cosignature("example.go.id/w", text_, 1'786'760'000, 1'786'760'001));
    EXPECT_EQ(
        check_cosignature(std::get<Checkpoint>(parsed), "example.go.id/w", signer_.key()).state,
        SignatureState::bad);
}

TEST_F(Note, KeyFilesHaveTheirOneSpelling) {
    const std::string vkey = vkey_of(origin, signer_.key());
    const auto from_vkey = parse_key_file(vkey + "\n");
    ASSERT_TRUE(std::holds_alternative<KeyFile>(from_vkey));
    EXPECT_EQ(std::get<KeyFile>(from_vkey).key, signer_.key());
    EXPECT_EQ(std::get<KeyFile>(from_vkey).origin, origin);
    const auto from_pem = parse_key_file(pem_of(signer_.key()));
    ASSERT_TRUE(std::holds_alternative<KeyFile>(from_pem));
    EXPECT_EQ(std::get<KeyFile>(from_pem).key, signer_.key());
    // One changed character gives another key id, or no key.
    for (std::size_t at = 0; at < vkey.size(); ++at) {
        std::string bad = vkey;
        bad[at] = bad[at] == 'A' ? 'B' : 'A';
        EXPECT_EQ(std::holds_alternative<Fault>(parse_key_file(bad)), bad != vkey) << bad;
    }
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_key_file("")));
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_key_file("a+b+c+d")));
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_key_file(pem_of(PublicKey{}))));
    EXPECT_TRUE(
        std::holds_alternative<Fault>(parse_key_file("-----BEGIN PUBLIC KEY-----\nQUJD\n")));
}

TEST(Slot, OddFormsAreRefused) {
    test::NoteSigner signer;
    const std::string text = test::checkpoint_text(origin, "1");
    const std::string note = text + "\n" + signer.line(origin, text);
    const auto slot = [](std::string body) {
        const std::uint32_t crc = crc32c(body);
        for (unsigned shift = 32; shift > 0; shift -= 8)
            body += static_cast<char>((crc >> (shift - 8)) & 0xFFU);
        body.resize(slot_bytes, '\0');
        return body;
    };
    const std::string head = std::string("PSDCMT01") + std::string(7, '\0') + '\x03';
    const auto length = [](std::size_t size) {
        return std::string(2, '\0') + static_cast<char>(size >> 8U) +
               static_cast<char>(size & 255U);
    };
    const std::string good = slot(head + length(note.size()) + note);
    const auto parsed = parse_slot(good);
    ASSERT_TRUE(std::holds_alternative<struct Slot>(parsed));
    EXPECT_EQ(std::get<struct Slot>(parsed).sequence, 3U);
    EXPECT_EQ(std::get<struct Slot>(parsed).note, note);
    EXPECT_TRUE(std::holds_alternative<UnwrittenSlot>(parse_slot("")));
    EXPECT_TRUE(std::holds_alternative<UnwrittenSlot>(parse_slot(std::string(slot_bytes, '\0'))));
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_slot(good + '\0')));
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_slot(good.substr(1))));
    EXPECT_TRUE(std::holds_alternative<Fault>(parse_slot(slot(head + length(0)))));
    EXPECT_TRUE(std::holds_alternative<Fault>(
        parse_slot(slot(head + std::string("\xFF\xFF\xFF\xFF") + note))));
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        EXPECT_TRUE(std::holds_alternative<Fault>(parse_slot(bad))) << at;
    }
}

}  // namespace
}  // namespace persandian::verify
