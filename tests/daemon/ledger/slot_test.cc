// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/slot.h"

#include <gtest/gtest.h>

#include "daemon/ledger/format.h"

namespace persandian::test {
namespace {

using namespace ledger;

TEST(Slot, KnownCrcOfRfc3720) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
    EXPECT_EQ(crc32c(as_bytes(std::string(32, '\0'))), 0x8A9136AAU);
}

TEST(Slot, RoundTrip) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{200}, max_note_bytes}) {
        const std::string bytes = encode_slot({.sequence = 77, .note = std::string(size, 'n')});
        EXPECT_EQ(bytes.size(), slot_bytes);
        const auto slot = decode_slot(as_bytes(bytes));
        ASSERT_TRUE(slot);
        EXPECT_EQ(slot->sequence, 77U);
        EXPECT_EQ(slot->note, std::string(size, 'n'));
    }
}

TEST(Slot, EveryFlippedByteIsNoticed) {
    const std::string good = encode_slot({.sequence = 1, .note = "note"});
    // All of the content and a sample of the rest.
    for (std::size_t i = 0; i < good.size(); i += i < 64 ? 1 : 97) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        EXPECT_FALSE(decode_slot(as_bytes(bad))) << i;
    }
}

TEST(Slot, NeverWrittenIsNotDamaged) {
    EXPECT_EQ(decode_slot({}).error().code, ErrorCode::not_found);
    EXPECT_EQ(decode_slot(as_bytes(std::string(slot_bytes, '\0'))).error().code,
              ErrorCode::not_found);
    EXPECT_EQ(decode_slot(as_bytes("x")).error().code, ErrorCode::malformed);
    const std::string good = encode_slot({.sequence = 1, .note = "note"});
    EXPECT_EQ(decode_slot(as_bytes(good.substr(0, 512))).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace persandian::test
