// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/bytes.h"

#include <gtest/gtest.h>

namespace persandian {
namespace {

constexpr std::string_view sample = "\x01\x02\x03\x04\x05\x06\x07\x08\x09";

TEST(ByteReader, ReadsBothByteOrders) {
    ByteReader reader(as_bytes(sample));
    EXPECT_EQ(reader.u8(), 0x01);
    EXPECT_EQ(reader.u16(), 0x0203);
    EXPECT_EQ(reader.u16_le(), 0x0504);
    EXPECT_EQ(reader.u32(), 0x06070809U);
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, ReadPastEndFailsForGood) {
    ByteReader reader(as_bytes(sample.substr(0, 3)));
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u8(), 0U) << "bytes that are there must not be read after a failure";
    EXPECT_TRUE(reader.take(1).empty());
}

TEST(ByteReader, SeekPastEndFails) {
    ByteReader reader(as_bytes(sample));
    reader.seek(sample.size());
    EXPECT_TRUE(reader.ok());
    reader.seek(sample.size() + 1);
    EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, TakeOfHugeCountDoesNotWrap) {
    ByteReader reader(as_bytes(sample));
    reader.skip(1);
    EXPECT_TRUE(reader.take(SIZE_MAX).empty());
    EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace persandian
