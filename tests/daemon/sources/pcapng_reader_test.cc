// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcapng_reader.h"

#include <gtest/gtest.h>

#include "tests/daemon/sources/capture_bytes.h"
#include "tests/support/temp_dir.h"

namespace persandian::sources::test {
namespace {

using persandian::test::TempDir;

/// Numbers as they stand in a section of one byte order.
struct Order {
    bool is_big_endian = false;
    [[nodiscard]] std::string bytes(std::uint64_t value, std::size_t count) const {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t shift = 8 * (is_big_endian ? count - 1 - i : i);
            out += static_cast<char>((value >> shift) & 0xFFU);
        }
        return out;
    }
    [[nodiscard]] std::string u16(std::uint64_t v) const { return bytes(v, 2); }
    [[nodiscard]] std::string u32(std::uint64_t v) const { return bytes(v, 4); }
    [[nodiscard]] std::string u64(std::uint64_t v) const { return bytes(v, 8); }
    [[nodiscard]] std::string option(std::uint16_t code, std::string value) const {
        const std::size_t size = value.size();
        value.resize((size + 3) / 4 * 4);
        return u16(code) + u16(size) + value;
    }
    [[nodiscard]] std::string block(std::uint32_t type, std::string body) const {
        body.resize((body.size() + 3) / 4 * 4);
        return u32(type) + u32(body.size() + 12) + body + u32(body.size() + 12);
    }
    [[nodiscard]] std::string section() const {
        return block(0x0A0D0D0A, u32(0x1A2B3C4D) + u16(1) + u16(0) + u64(UINT64_MAX));
    }
    [[nodiscard]] std::string interface(std::uint16_t link_type, std::uint32_t snap_length = 0,
                                        const std::string& options = "") const {
        return block(1, u16(link_type) + u16(0) + u32(snap_length) + options + u32(0));
    }
    [[nodiscard]] std::string time(std::uint64_t t) const {
        return u32(t >> 32U) + u32(t & 0xFFFFFFFFU);
    }
    [[nodiscard]] std::string packet(std::uint32_t interface, std::uint64_t t,
                                     const std::string& data, std::uint32_t wire = 0) const {
        return block(6, u32(interface) + time(t) + u32(data.size()) +
                            u32(wire == 0 ? data.size() : wire) + data);
    }
};

constexpr Order little{false};
constexpr Order big{true};

/// "link type:seconds.nanoseconds:data" per packet.
struct Result {
    std::vector<std::string> packets;
    std::string fault;
    std::uint64_t system_dropped = 0;
    std::uint64_t interface_dropped = 0;
};

Result read(const std::string& bytes) {
    std::string room = bytes;  // fmemopen() refuses a length of 0
    PcapngReader reader(
        File(bytes.empty() ? std::tmpfile() : ::fmemopen(room.data(), room.size(), "r")));
    Result out;
    RawPacket packet;
    while (reader.read(packet) == PcapngReader::Read::packet)
        out.packets.push_back(
            std::to_string(packet.link_type) + ':' + std::to_string(packet.time.ns) + ':' +
            std::string(as_text(packet.bytes)) + ':' + std::to_string(packet.wire_length_bytes));
    out.fault = reader.fault();
    EXPECT_EQ(reader.read(packet),
              out.fault.empty() ? PcapngReader::Read::end : PcapngReader::Read::failed)
        << "the end lasts";
    out.system_dropped = reader.system_dropped();
    out.interface_dropped = reader.interface_dropped();
    return out;
}

using Packets = std::vector<std::string>;

TEST(PcapngReader, InterfacesMayDifferInAllThings) {
    for (const Order& order : {little, big}) {
        const std::string nanoseconds = order.option(9, "\x09");
        const std::string halves = order.option(9, "\x81") + order.option(14, order.u64(100));
        const Result result = read(
            order.section() + order.interface(1, 65'535, nanoseconds) +
            order.packet(0, 1'700'000'000'123'456'789, "ether") + order.interface(101, 96, halves) +
            order.interface(113) + order.packet(1, 7, "raw", 1500) +
            order.packet(2, 2'000'001, "cooked") + order.packet(0, 3, "again"));
        EXPECT_EQ(result.packets,
                  (Packets{"1:1700000000123456789:ether:5", "101:103500000000:raw:1500",
                           "113:2000001000:cooked:6", "1:3:again:5"}));
        EXPECT_EQ(result.fault, "");
    }
}

TEST(PcapngReader, SectionsHaveInterfacesAndOrdersOfTheirOwn) {
    const Result result = read(little.section() + little.interface(1) + little.packet(0, 1, "a") +
                               big.section() + big.interface(101) + big.packet(0, 2, "b"));
    EXPECT_EQ(result.packets, (Packets{"1:1000:a:1", "101:2000:b:1"}));
    EXPECT_EQ(result.fault, "");
    EXPECT_NE(
        read(little.section() + little.interface(1) + little.section() + little.packet(0, 1, "x"))
            .fault,
        "");
}

TEST(PcapngReader, SimplePacketsHaveTheTimeBeforeThemAndTheSnapLength) {
    const std::string simple = little.block(3, little.u32(9) + "abcdef");
    const Result result = read(little.section() + little.interface(1, 6) + simple +
                               little.packet(0, 5, "x") + simple);
    EXPECT_EQ(result.packets, (Packets{"1:0:abcdef:9", "1:5000:x:1", "1:5000:abcdef:9"}));
}

TEST(PcapngReader, ObsoletePacketBlocksAreRead) {
    for (const Order& order : {little, big}) {
        const std::string old = order.block(
            2, order.u16(0) + order.u16(3) + order.time(8) + order.u32(3) + order.u32(60) + "old");
        EXPECT_EQ(read(order.section() + order.interface(1) + old).packets,
                  Packets{"1:8000:old:60"});
    }
}

TEST(PcapngReader, WhatItDoesNotNeedIsPassedOver) {
    const std::string unknown = little.block(0xBAD, std::string(20'000, 'x'));
    const std::string names = little.block(4, std::string(8, '\0'));
    const Result result = read(little.section() + unknown + little.interface(1) + names +
                               little.packet(0, 1, "a") + unknown);
    EXPECT_EQ(result.packets, Packets{"1:1000:a:1"});
    EXPECT_EQ(result.fault, "");
}

TEST(PcapngReader, DropsThatTheFileTellsOfAreCountedOnce) {
    const auto statistics = [](std::uint64_t interface, std::uint64_t by_interface,
                               std::uint64_t by_system) {
        return little.block(5, little.u32(interface) + little.time(9) +
                                   little.option(5, little.u64(by_interface)) +
                                   little.option(7, little.u64(by_system)) + little.u32(0));
    };
    const std::string section = little.section() + little.interface(1) + little.interface(1);
    const Result result =
        read(section + statistics(0, 1, 2) + statistics(0, 10, 20) + statistics(1, 100, 200) +
             statistics(9, 5, 5) + section + statistics(1, 1000, 2000));
    EXPECT_EQ(result.interface_dropped, 1110U) << "the later of two counts is the count";
    EXPECT_EQ(result.system_dropped, 2220U);
    EXPECT_EQ(result.fault, "");
}

TEST(PcapngReader, WhereverAFileBreaksOffWhatCameBeforeIsDelivered) {
    const std::string head = little.section() + little.interface(1) + little.packet(0, 1, "a");
    const std::string whole = head + little.packet(0, 2, "second");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const Result result = read(whole.substr(0, size));
        EXPECT_EQ(result.packets.size(), size < head.size() ? 0U : 1U) << size;
        const bool is_between_blocks = size == head.size() || size == little.section().size() ||
                                       size == (little.section() + little.interface(1)).size();
        EXPECT_EQ(result.fault.empty(), is_between_blocks) << size;
    }
    EXPECT_EQ(read(whole.substr(0, whole.size() - 1)).fault,
              "in the block at byte " + std::to_string(head.size()) + ": the file breaks off");
    EXPECT_EQ(read("").fault, "in the block at byte 0: it is empty");
}

TEST(PcapngReader, WhatIsWrongIsSaidWithItsPlace) {
    const std::string head = little.section() + little.interface(1);
    const std::string at = "in the block at byte " + std::to_string(head.size()) + ": ";
    const auto fault_of = [&](const std::string& block) { return read(head + block).fault; };
    EXPECT_EQ(fault_of(little.packet(7, 1, "x")), at + "a packet of interface 7, of 1 described");
    EXPECT_EQ(fault_of(little.u32(6) + little.u32(8) + little.u32(8)),
              at + "a length of 8 bytes is impossible");
    EXPECT_EQ(fault_of(little.u32(0xBAD) + little.u32(13) + std::string(10, 'x')),
              at + "a length of 13 bytes is impossible");
    EXPECT_EQ(fault_of(little.u32(6) + little.u32(0xFFFFFFFC)),
              at + "a block of 4294967292 bytes is longer than 16777216");
    EXPECT_EQ(fault_of(little.block(
                  6, little.u32(0) + little.time(1) + little.u32(50) + little.u32(50) + "short")),
              at + "a packet of 50 bytes in a block with room for 8");
    EXPECT_EQ(fault_of(little.block(6, "x")), at + "the packet block is too short");
    EXPECT_EQ(fault_of(little.block(3, "")), at + "the packet block is too short");
    EXPECT_EQ(fault_of(little.block(1, "x")), at + "the interface description is too short");
    EXPECT_EQ(fault_of(little.interface(1, 0, little.option(9, "\x14"))),
              at + "the resolution of its times is finer than 64 bits");
    std::string torn = little.packet(0, 1, "x");
    torn.back() = 'X';
    EXPECT_NE(fault_of(torn).find("at its beginning and"), std::string::npos);
    EXPECT_EQ(read(little.packet(0, 1, "x")).fault,
              "in the block at byte 0: a section header is expected first");
    EXPECT_NE(read(little.u32(0x0A0D0D0A) + little.u32(28) + "XXXX").fault.find("magic"),
              std::string::npos);
    EXPECT_NE(read(little.block(0x0A0D0D0A, little.u32(0x1A2B3C4D) + little.u16(2) + little.u16(0) +
                                                little.u64(0)))
                  .fault.find("version 2"),
              std::string::npos);
}

TEST(PcapngReader, InterfacesAreBounded) {
    std::string bytes = little.section();
    for (std::size_t i = 0; i < PcapngReader::max_interfaces; ++i) bytes += little.interface(1);
    EXPECT_EQ(read(bytes).fault, "");
    EXPECT_NE(read(bytes + little.interface(1)).fault.find("65536 interfaces"), std::string::npos);
}

TEST(PcapngReader, AbsurdTimesAreBroughtWithinReckoning) {
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{INT64_MAX}, std::uint64_t{INT64_MAX} + 1})
        for (const char resolution :
             {'\0', '\x06', '\x13', static_cast<char>(0x80), static_cast<char>(0xBF)}) {
            const std::string options = little.option(9, std::string(1, resolution)) +
                                        little.option(14, little.u64(offset));
            for (const std::uint64_t t : {std::uint64_t{0}, UINT64_MAX}) {
                const Result result = read(little.section() + little.interface(1, 0, options) +
                                           little.packet(0, t, "x"));
                ASSERT_EQ(result.packets.size(), 1U);
            }
        }
}

}  // namespace
}  // namespace persandian::sources::test
