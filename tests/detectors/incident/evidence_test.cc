// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/evidence.h"

#include <array>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include "tests/support/temp_dir.h"

namespace persandian::incident {
namespace {

Evidence packet(std::int64_t ns, std::string bytes, std::uint32_t wire_length_bytes,
                std::uint32_t link_type = 1) {
    Evidence out;
    out.kind = Evidence::Kind::packet;
    out.bytes = std::move(bytes);
    out.wire_length_bytes = wire_length_bytes;
    out.link_type = link_type;
    out.time = {ns};
    return out;
}

Evidence line(std::string text) {
    Evidence out;
    out.bytes = std::move(text);
    return out;
}

TEST(EvidencePcap, LibpcapReadsWhatWasWritten) {
    const auto blobs = evidence_blobs({packet(1'790'000'000'000'000'005, "second", 6),
                                       packet(1'789'999'999'999'999'999, "first, cut", 1514)},
                                      "INC-2026-000001: judul");
    ASSERT_EQ(blobs.size(), 1U);
    EXPECT_EQ(blobs[0].media_type, "application/x-pcapng");
    const test::TempDir dir;
    const auto path = dir.write("evidence.pcapng", blobs[0].bytes);
    char problem[PCAP_ERRBUF_SIZE] = {};
    pcap_t* const capture =
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, problem);
    ASSERT_NE(capture, nullptr) << problem;
    EXPECT_EQ(pcap_datalink(capture), 1);
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    ASSERT_EQ(pcap_next_ex(capture, &header, &bytes), 1);
    EXPECT_EQ(header->caplen, 10U);
    EXPECT_EQ(header->len, 1514U);
    EXPECT_EQ(header->ts.tv_sec, 1'789'999'999);
    EXPECT_EQ(header->ts.tv_usec, 999'999'999);
    ASSERT_EQ(pcap_next_ex(capture, &header, &bytes), 1);
    EXPECT_EQ(header->ts.tv_usec, 5);
    EXPECT_EQ(pcap_next_ex(capture, &header, &bytes), PCAP_ERROR_BREAK);
    pcap_close(capture);
}

/// What tshark shows of a file; tools/setup --tests installs it.
std::string tshark(const std::string& path, const std::string& fields) {
    const std::string command = "tshark -n -r " + path + " -T fields " + fields + " 2>/dev/null";
    FILE* const pipe = popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (pipe != nullptr && fgets(buffer.data(), buffer.size(), pipe) != nullptr)
        out += buffer.data();
    if (pipe != nullptr) pclose(pipe);
    return out;
}

TEST(EvidencePcap, WiresharkShowsWhoseItIsAndWhatMatched) {
    Evidence matched = packet(2, std::string(60, 'm'), 60);
    matched.source_name = "eth0";
    matched.number = 8;
    Evidence earlier = packet(1, std::string(60, 'e'), 60);
    earlier.source_name = "eth1";
    earlier.number = 7;
    earlier.before = true;
    Evidence twice = matched;
    twice.before = true;
    const std::string file = make_pcapng({&twice, &matched, &earlier}, 1, "INC-2026-000001: judul");
    const test::TempDir dir;
    const auto path = dir.write("evidence.pcapng", file);
    EXPECT_EQ(tshark(path, "-e frame.number -e frame.interface_name -e frame.comment"),
              "1\teth1\tearlier in the flow, packet 7\n2\teth0\tmatched, packet 8\n");
    EXPECT_NE(file.find("INC-2026-000001: judul"), std::string::npos);
}

TEST(EvidencePcap, TimesTheFormatCannotHoldBecomeZero) {
    const Evidence odd = packet(-1, "x", 1);
    const Evidence epoch = packet(0, "x", 1);
    EXPECT_EQ(make_pcapng({&odd}, 1, ""), make_pcapng({&epoch}, 1, ""));
}

TEST(EvidenceBlobs, LinkTypesLieInFilesOfTheirOwn) {
    EXPECT_EQ(evidence_blobs({packet(1, "a", 1, 1), packet(2, "b", 1, 113)}, "").size(), 2U);
}

TEST(EvidenceBlobs, EqualLinesAreKeptOnce) {
    const auto blobs = evidence_blobs({line("same"), line("same"), line("other")}, "");
    ASSERT_EQ(blobs.size(), 2U);
    EXPECT_EQ(blobs[0].bytes, "same\n");
    EXPECT_EQ(blobs[0].media_type, "text/plain");
    EXPECT_EQ(blobs[0].sha256, sha256(as_bytes(std::string_view("same\n"))));
}

}  // namespace
}  // namespace persandian::incident
