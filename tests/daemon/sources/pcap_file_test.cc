// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_file.h"

#include <gtest/gtest.h>

#include "tests/daemon/sources/capture_bytes.h"
#include "tests/support/temp_dir.h"

namespace persandian::sources::test {
namespace {

using persandian::test::TempDir;
using Kind = SourceError::Kind;

struct ReadResult {
    std::vector<std::string> frames;
    std::vector<std::int64_t> times_ns;
    PacketCounters counters;
    std::string fault;
    std::uint32_t link_type = 0;
};

ReadResult read_all(const std::string& path, const std::string& filter = "") {
    PcapFile file({.path = path, .filter = filter, .index = 3});
    file.open();
    ReadResult out;
    while (file.next({}) == PacketSource::Next::packet) {
        out.frames.emplace_back(as_text(file.packet().bytes));
        out.times_ns.push_back(file.packet().time.ns);
        out.link_type = file.packet().link_type;
        EXPECT_EQ(file.packet().number, out.frames.size());
        EXPECT_EQ(file.packet().source, 3);
    }
    EXPECT_EQ(file.next({}), PacketSource::Next::end) << "the end lasts";
    out.counters = file.counters();
    out.fault = file.fault();
    return out;
}

Kind failure_of(const std::string& path, const std::string& filter = "") {
    PcapFile file({.path = path, .filter = filter});
    try {
        file.open();
    } catch (const SourceError& error) {
        EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
        return error.kind();
    }
    ADD_FAILURE() << path << " opened";
    return Kind::device;
}

TEST(PcapFile, MicrosecondsAndNanosecondsAreKept) {
    const TempDir dir;
    const auto micro = dir.write("micro.pcap", pcap_header(0xa1b2c3d4) +
                                                   pcap_record(1'700'000'000, 123'456, "frame-1") +
                                                   pcap_record(1'700'000'001, 0, "frame-2", 1500));
    const ReadResult a = read_all(micro);
    EXPECT_EQ(a.frames, (std::vector<std::string>{"frame-1", "frame-2"}));
    EXPECT_EQ(a.times_ns[0], 1'700'000'000'123'456'000);
    EXPECT_EQ(a.counters.packets, 2U);
    EXPECT_EQ(a.counters.bytes, 14U);
    EXPECT_EQ(a.counters.cut, 1U);
    EXPECT_EQ(a.fault, "");
    const auto nano = dir.write(
        "nano.pcap", pcap_header(0xa1b23c4d) + pcap_record(1'700'000'000, 123'456'789, "x"));
    EXPECT_EQ(read_all(nano).times_ns.at(0), 1'700'000'000'123'456'789);
}

TEST(PcapFile, PcapngIsRead) {
    const TempDir dir;
    const auto path =
        dir.write("a.pcapng", pcapng_header() + pcapng_packet(1'700'000'000'123'456'789, "hello"));
    const ReadResult result = read_all(path);
    ASSERT_EQ(result.frames, std::vector<std::string>{"hello"});
    EXPECT_EQ(result.times_ns[0], 1'700'000'000'123'456'789);
}

TEST(PcapFile, AbsurdTimesAreBroughtWithinReckoning) {
    const TempDir dir;
    const auto path = dir.write("a.pcapng", pcapng_header() + pcapng_packet(UINT64_MAX, "late") +
                                                pcapng_packet(0, "early"));
    const ReadResult read = read_all(path);
    EXPECT_EQ(read.times_ns, (std::vector<std::int64_t>{INT64_MAX / 2, 0}));
}

TEST(PcapFile, LinkTypesAreThoseOfFiles) {
    const TempDir dir;
    const auto raw = dir.write("raw.pcap", pcap_header(0xa1b2c3d4, 101) + pcap_record(1, 0, "x"));
    EXPECT_EQ(read_all(raw).link_type, 101U);
    const auto ether = dir.write("e.pcap", pcap_header(0xa1b2c3d4, 1) + pcap_record(1, 0, "x"));
    EXPECT_EQ(read_all(ether).link_type, 1U);
}

TEST(PcapFile, ATruncatedFileIsDeliveredAsFarAsItGoesAndSaidSo) {
    const TempDir dir;
    const std::string whole =
        pcap_header(0xa1b2c3d4) + pcap_record(1, 0, "frame-1") + pcap_record(2, 0, "frame-2");
    for (std::size_t cut = 1; cut < 16 + 7; ++cut) {
        const auto path = dir.write("cut.pcap", whole.substr(0, whole.size() - cut));
        const ReadResult result = read_all(path);
        EXPECT_EQ(result.frames, std::vector<std::string>{"frame-1"}) << cut;
        EXPECT_NE(result.fault, "") << cut;
    }
    EXPECT_EQ(read_all(dir.write("cut.pcap", whole.substr(0, whole.size() - 23))).fault, "");
}

TEST(PcapFile, AFilterIsAppliedToEachLinkTypeOfAPcapngFile) {
    const TempDir dir;
    const auto interface_of = [](std::uint32_t link_type) {
        return pcapng_block(1, le16(link_type) + le16(0) + le32(65'535));
    };
    const auto packet_of = [](std::uint32_t interface, const std::string& data) {
        const auto size = static_cast<std::uint32_t>(data.size());
        return pcapng_block(6,
                            le32(interface) + le32(0) + le32(1) + le32(size) + le32(size) + data);
    };
    const std::string ether = udp_frame(53, "a");
    const std::string raw = udp_frame(53, "b").substr(14);
    const auto path =
        dir.write("two.pcapng", pcapng_header() + packet_of(0, ether) + interface_of(101) +
                                    packet_of(1, raw) + packet_of(0, udp_frame(123, "c")) +
                                    packet_of(1, udp_frame(123, "d").substr(14)));
    EXPECT_EQ(read_all(path).frames.size(), 4U);
    EXPECT_EQ(read_all(path).link_type, 101U);
    const ReadResult filtered = read_all(path, "udp port 53");
    EXPECT_EQ(filtered.frames, (std::vector<std::string>{ether, raw}));
    EXPECT_EQ(filtered.fault, "");
    // An expression that a later interface's packets cannot be asked is said, not overlooked.
    const ReadResult partly = read_all(path, "ether src 02:00:00:00:00:01");
    EXPECT_EQ(partly.frames.size(), 2U);
    EXPECT_NE(partly.fault.find("packets of link type 101 are left out"), std::string::npos)
        << partly.fault;
    EXPECT_EQ(failure_of(path, "udp prt 53"), Kind::bad_filter);
}

TEST(PcapFile, DropsThatAPcapngFileTellsOfAreCounted) {
    const TempDir dir;
    const std::string drops = le16(7) + le16(8) + le32(42) + le32(0) + le32(0);
    const auto path =
        dir.write("drops.pcapng", pcapng_header() + pcapng_packet(1, "x") +
                                      pcapng_block(5, le32(0) + le32(0) + le32(9) + drops));
    EXPECT_EQ(read_all(path).counters.kernel_dropped, 42U);
}

TEST(PcapFile, AnEmptyCaptureEndsWell) {
    const TempDir dir;
    const ReadResult result = read_all(dir.write("empty.pcap", pcap_header(0xa1b2c3d4)));
    EXPECT_TRUE(result.frames.empty());
    EXPECT_EQ(result.fault, "");
}

TEST(PcapFile, TheFilterDecides) {
    const TempDir dir;
    const auto path =
        dir.write("f.pcap", pcap_header(0xa1b2c3d4) + pcap_record(1, 0, udp_frame(53, "a")) +
                                pcap_record(2, 0, udp_frame(123, "b")));
    EXPECT_EQ(read_all(path, "udp port 123").frames, std::vector<std::string>{udp_frame(123, "b")});
    EXPECT_EQ(failure_of(path, "udp prt 123"), Kind::bad_filter);
}

TEST(PcapFile, ReasonsForNotOpening) {
    const TempDir dir;
    EXPECT_EQ(failure_of((dir.path() / "none.pcap").string()), Kind::not_found);
    EXPECT_EQ(failure_of(dir.write("text.pcap", "this is no capture at all, but long enough")),
              Kind::unsupported);
    EXPECT_EQ(failure_of(dir.write("short.pcap", "\xd4\xc3")), Kind::unsupported);
    EXPECT_EQ(failure_of(dir.write("zero.pcap", "")), Kind::unsupported);
}

TEST(CaptureFiles, AFolderGivesItsCapturesInOrder) {
    const TempDir dir;
    const std::string capture = pcap_header(0xa1b2c3d4);
    dir.write("b/two.trace", capture);
    dir.write("a.pcap", "broken, yet named like one: its error must be seen");
    dir.write("c.txt", "notes");
    dir.write("d.dump", pcapng_header());
    const auto top = dir.path().string();
    EXPECT_EQ(capture_files(top),
              (std::vector<std::string>{top + "/a.pcap", top + "/b/two.trace", top + "/d.dump"}));
    EXPECT_EQ(capture_files(top + "/c.txt"), std::vector<std::string>{top + "/c.txt"});
    EXPECT_EQ(capture_files("-"), std::vector<std::string>{"-"});
    EXPECT_THROW((void)capture_files(top + "/none"), SourceError);
    EXPECT_THROW((void)capture_files(persandian::test::TempDir().path().string()), SourceError);
}

TEST(CaptureFiles, EverySharedCaptureIsReadOrRefusedInWords) {
    const char* folder = std::getenv("PERSANDIAN_SHARED_DATA");
    if (folder == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    std::uint64_t packets = 0;
    std::size_t refused = 0;
    const auto files = capture_files(std::string(folder) + "/pcaps");
    for (const std::string& path : files) {
        PcapFile file({.path = path});
        try {
            file.open();
        } catch (const SourceError& error) {
            EXPECT_FALSE(error.remedy().empty()) << error.what();
            ++refused;
            continue;
        }
        while (file.next({}) == PacketSource::Next::packet) ++packets;
    }
    EXPECT_GT(files.size(), 2500U);
    EXPECT_LT(refused * 50, files.size());
    EXPECT_GT(packets, 100'000U);
    std::printf("%zu captures, %zu refused, %llu packets\n", files.size(), refused,
                static_cast<unsigned long long>(packets));
}

}  // namespace
}  // namespace persandian::sources::test
