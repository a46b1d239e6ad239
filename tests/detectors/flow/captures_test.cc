// SPDX-License-Identifier: Apache-2.0
//
// Every capture of the shared data goes through the room: no fault, counts that add up, memory
// within its cap. Needs PERSANDIAN_SHARED_DATA.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include "tests/detectors/flow/flow_recorder.h"

namespace persandian::flow {
namespace {

struct PcapCloser {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
};

/// Feeds a capture; false when libpcap cannot open it.
bool feed_file(const std::filesystem::path& path, FlowRoom& room) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    const std::unique_ptr<pcap_t, PcapCloser> handle(pcap_open_offline_with_tstamp_precision(
        path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()));
    if (handle == nullptr) return false;
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    RawPacket raw;
    raw.link_type = static_cast<std::uint32_t>(pcap_datalink(handle.get()));
    while (pcap_next_ex(handle.get(), &header, &bytes) == 1) {
        // a copy of exactly the captured size, so that sanitizers see reads past the end
        const std::vector<std::byte> copy(
            reinterpret_cast<const std::byte*>(bytes),
            reinterpret_cast<const std::byte*>(bytes) + header->caplen);
        raw.bytes = copy;
        raw.wire_length_bytes = header->len;
        raw.time = Timestamp::from_seconds(header->ts.tv_sec, header->ts.tv_usec);
        ++raw.number;
        room.on_packet(raw);
    }
    return true;
}

void check_sums(const Counters& counters, const std::string& name) {
    EXPECT_EQ(counters.packets, counters.packets_in_flows + counters.packets_not_ip +
                                    counters.packets_unsupported + counters.packets_malformed +
                                    counters.packets_truncated + counters.packets_limit +
                                    counters.packets_fragments + counters.packets_bad_checksum)
        << name;
    EXPECT_EQ(counters.flows, counters.flows_ended) << name;
    EXPECT_EQ(counters.flows_ended, counters.flows_timeout + counters.flows_closed +
                                        counters.flows_reset + counters.flows_shutdown +
                                        counters.flows_evicted)
        << name;
    EXPECT_EQ(counters.active_flows, 0U) << name;
    EXPECT_EQ(counters.memory_bytes, 0U) << name;
}

std::vector<std::filesystem::path> captures() {
    std::vector<std::filesystem::path> paths;
    const char* folder = std::getenv("PERSANDIAN_SHARED_DATA");
    if (folder == nullptr) return paths;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(folder) / "pcaps"))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

TEST(Captures, EachThroughARoomOfItsOwn) {
    const auto paths = captures();
    if (paths.empty()) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    std::size_t read = 0;
    for (const auto& path : paths) {
        RoomUnderTest under;
        read += feed_file(path, under.room) ? 1U : 0U;
        under.room.finish();
        check_sums(under.room.counters(), path.string());
        for (const auto& [id, flow] : under.recorder.flows) {
            EXPECT_TRUE(flow.offsets_right) << path << " flow " << id;
            ASSERT_FALSE(flow.ends.empty()) << path;
            EXPECT_EQ(flow.ends.back(), "end") << path;
        }
    }
    EXPECT_GT(read, paths.size() / 2);
}

TEST(Captures, AllThroughOneSmallRoomStayWithinItsMemory) {
    const auto paths = captures();
    if (paths.empty()) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    Limits limits;
    limits.max_memory_bytes = 256 * 1024;
    RoomUnderTest under(limits);
    for (const auto& path : paths) feed_file(path, under.room);
    under.room.finish();
    check_sums(under.room.counters(), "all");
    EXPECT_LE(under.room.counters().peak_memory_bytes, limits.max_memory_bytes);
    EXPECT_GT(under.room.counters().flows_evicted, 0U);
}

/// Zeek's captures of packets with good and bad checksums say so in their names.
TEST(Captures, WithBadChecksumsAreToldFromThoseWithGoodOnes) {
    const char* folder = std::getenv("PERSANDIAN_SHARED_DATA");
    if (folder == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    std::size_t bad = 0, good = 0;
    for (const auto& path : captures()) {
        const std::string name = path.filename();
        // mobility headers are no transport
        if (!name.starts_with("chksums__") || name.find("-mh-") != std::string::npos) continue;
        Limits limits;
        limits.check_checksums = true;
        RoomUnderTest under(limits);
        feed_file(path, under.room);
        under.room.finish();
        check_sums(under.room.counters(), name);
        const bool is_bad = name.find("-bad-") != std::string::npos;
        // of other addresses than the header's
        if (name.find("-hoa-") != std::string::npos || name.find("-route0-") != std::string::npos) {
            EXPECT_EQ(under.room.counters().packets_bad_checksum, 0U) << name;
            continue;
        }
        EXPECT_EQ(under.room.counters().packets_bad_checksum != 0, is_bad) << name;
        ++(is_bad ? bad : good);
    }
    EXPECT_GE(bad, 7U);
    EXPECT_GE(good, 6U);
}

/// What Zeek's own tests publish for these captures, oldest flow first.
TEST(Captures, HaveTheHistoriesThatZeekGivesThem) {
    const std::pair<const char*, std::vector<std::string>> published[] = {
        {"mixed-vlan-mpls.pcap", {"SADF", "ShADdFaf", "ShADadfF"}},
        {"ftp__ipv6.pcap", {"ShAdDfFa", "ShAdfFa", "ShAdfFa", "ShAdfFa", "ShADFaf", "ShADFaf"}},
        {"mysql__tls-12-amazon-rds.pcap", {"ShAdDaFf"}},
        {"mysql__tls-13-amazon-rds.pcap", {"ShAdDaFf"}},
        {"ldap__simpleauth.pcap", {"ShADdR"}},
        {"tcp__missing-syn.pcap", {"^hADdFaf"}},
    };
    const char* folder = std::getenv("PERSANDIAN_SHARED_DATA");
    if (folder == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    for (const auto& [name, histories] : published) {
        RoomUnderTest under;
        ASSERT_TRUE(feed_file(std::filesystem::path(folder) / "pcaps" / "zeek" / name, under.room))
            << name;
        under.room.finish();
        std::vector<std::string> found;
        for (const auto& event : under.events.of_type("flow"))
            found.push_back(event["flow.history"]);
        EXPECT_THAT(found, testing::UnorderedElementsAreArray(histories)) << name;
    }
}

}  // namespace
}  // namespace persandian::flow
