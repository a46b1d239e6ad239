// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/evidence.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "detectors/base/bytes.h"

namespace persandian::incident {
namespace {

constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d;
constexpr std::uint32_t snap_length_bytes = 262'144;

void append_u16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xffU);
    out += static_cast<char>(value >> 8U);
}

void append_u32(std::string& out, std::uint32_t value) {
    append_u16(out, static_cast<std::uint16_t>(value & 0xffffU));
    append_u16(out, static_cast<std::uint16_t>(value >> 16U));
}

void append_packet(std::string& out, const Evidence& packet) {
    constexpr std::int64_t second = 1'000'000'000;
    const bool fits = packet.time.ns >= 0 && packet.time.ns / second <= UINT32_MAX;
    const std::int64_t ns = fits ? packet.time.ns : 0;
    const auto captured = static_cast<std::uint32_t>(packet.bytes.size());
    append_u32(out, static_cast<std::uint32_t>(ns / second));
    append_u32(out, static_cast<std::uint32_t>(ns % second));
    append_u32(out, captured);
    append_u32(out, std::max(captured, packet.wire_length_bytes));
    out += packet.bytes;
}

bool has(const std::vector<EvidenceBlob>& blobs, const Digest& digest) {
    return std::any_of(blobs.begin(), blobs.end(),
                       [&](const EvidenceBlob& blob) { return blob.sha256 == digest; });
}

}  // namespace

EvidenceBlob make_blob(std::string media_type, std::string bytes) {
    EvidenceBlob blob;
    blob.media_type = std::move(media_type);
    blob.bytes = std::move(bytes);
    blob.sha256 = sha256(as_bytes(blob.bytes));
    return blob;
}

std::string make_pcap(const std::vector<const Evidence*>& packets, std::uint32_t link_type) {
    std::string out;
    append_u32(out, nanosecond_magic);
    append_u16(out, 2);  // version 2.4
    append_u16(out, 4);
    append_u32(out, 0);
    append_u32(out, 0);
    append_u32(out, snap_length_bytes);
    append_u32(out, link_type);
    for (const Evidence* packet : packets) append_packet(out, *packet);
    return out;
}

std::vector<EvidenceBlob> evidence_blobs(const std::vector<Evidence>& samples) {
    std::vector<EvidenceBlob> blobs;
    std::map<std::uint32_t, std::vector<const Evidence*>> packets;
    for (const Evidence& sample : samples) {
        if (sample.kind == Evidence::Kind::packet) {
            packets[sample.link_type].push_back(&sample);
            continue;
        }
        EvidenceBlob blob = make_blob("text/plain", sample.bytes + "\n");
        if (!has(blobs, blob.sha256)) blobs.push_back(std::move(blob));
    }
    for (auto& [link_type, of_type] : packets) {
        std::stable_sort(of_type.begin(), of_type.end(),
                         [](const Evidence* a, const Evidence* b) { return a->time < b->time; });
        blobs.push_back(make_blob("application/vnd.tcpdump.pcap", make_pcap(of_type, link_type)));
    }
    return blobs;
}

}  // namespace persandian::incident
