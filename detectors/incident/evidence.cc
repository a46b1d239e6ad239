// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/evidence.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "detectors/base/bytes.h"

namespace persandian::incident {
namespace {

// pcapng, draft-ietf-opsawg-pcapng: blocks of type, length, body, length, little-endian here.
constexpr std::uint32_t section_header = 0x0A0D0D0A;
constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint32_t snap_length_bytes = 262'144;
constexpr std::uint16_t option_end = 0;
constexpr std::uint16_t option_comment = 1;
constexpr std::uint16_t option_interface_name = 2;
constexpr std::uint16_t option_program = 4;
constexpr std::uint16_t option_time_resolution = 9;
constexpr char nanoseconds = 9;  // 10^-9 s

void append_u16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xffU);
    out += static_cast<char>(value >> 8U);
}

void append_u32(std::string& out, std::uint32_t value) {
    append_u16(out, static_cast<std::uint16_t>(value & 0xffffU));
    append_u16(out, static_cast<std::uint16_t>(value >> 16U));
}

void append_padded(std::string& out, std::string_view bytes) {
    out += bytes;
    out.append((4 - bytes.size() % 4) % 4, '\0');
}

void append_option(std::string& out, std::uint16_t code, std::string_view value) {
    value = value.substr(0, UINT16_MAX);
    append_u16(out, code);
    append_u16(out, static_cast<std::uint16_t>(value.size()));
    append_padded(out, value);
}

void append_block(std::string& out, std::uint32_t type, std::string body) {
    append_u16(body, option_end);
    append_u16(body, 0);
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    append_u32(out, type);
    append_u32(out, length);
    out += body;
    append_u32(out, length);
}

std::string section(std::string_view comment) {
    std::string body;
    append_u32(body, byte_order_magic);
    append_u16(body, 1);  // version 1.0
    append_u16(body, 0);
    append_u32(body, UINT32_MAX);  // length of the section: not said
    append_u32(body, UINT32_MAX);
    append_option(body, option_comment, comment);
    append_option(body, option_program, "Persandian");
    return body;
}

std::string interface(std::uint32_t link_type, std::string_view name) {
    std::string body;
    append_u16(body, static_cast<std::uint16_t>(link_type));
    append_u16(body, 0);
    append_u32(body, snap_length_bytes);
    if (!name.empty()) append_option(body, option_interface_name, name);
    append_option(body, option_time_resolution, std::string_view(&nanoseconds, 1));
    return body;
}

std::string packet_block(const Evidence& packet, std::uint32_t interface_index) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(packet.time.ns, 0));
    const auto captured = static_cast<std::uint32_t>(packet.bytes.size());
    std::string body;
    append_u32(body, interface_index);
    append_u32(body, static_cast<std::uint32_t>(ns >> 32U));
    append_u32(body, static_cast<std::uint32_t>(ns & UINT32_MAX));
    append_u32(body, captured);
    append_u32(body, std::max(captured, packet.wire_length_bytes));
    append_padded(body, packet.bytes);
    append_option(body, option_comment,
                  fmt::format("{}, packet {}", packet.before ? "earlier in the flow" : "matched",
                              packet.number));
    return body;
}

/// Whether two samples are one packet of one source: it matched twice, or came before two matches.
bool is_same(const Evidence& a, const Evidence& b) {
    return a.number == b.number && a.time == b.time && a.source_name == b.source_name &&
           a.bytes.size() == b.bytes.size();
}

/// In order of time, each packet once; what matched goes before what only came before.
void put_in_order(std::vector<const Evidence*>& packets) {
    std::stable_sort(packets.begin(), packets.end(), [](const Evidence* a, const Evidence* b) {
        return std::tuple(a->time, a->number, a->before) <
               std::tuple(b->time, b->number, b->before);
    });
    const auto rest =
        std::unique(packets.begin(), packets.end(),
                    [](const Evidence* a, const Evidence* b) { return is_same(*a, *b); });
    packets.erase(rest, packets.end());
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

std::string make_pcapng(std::vector<const Evidence*> packets, std::uint32_t link_type,
                        std::string_view comment) {
    put_in_order(packets);
    std::string out;
    append_block(out, section_header, section(comment));
    std::vector<std::string_view> interfaces;
    for (const Evidence* packet : packets) {
        if (std::find(interfaces.begin(), interfaces.end(), packet->source_name) !=
            interfaces.end())
            continue;
        interfaces.push_back(packet->source_name);
        append_block(out, interface_description, interface(link_type, packet->source_name));
    }
    for (const Evidence* packet : packets) {
        const auto at = std::find(interfaces.begin(), interfaces.end(), packet->source_name);
        append_block(out, enhanced_packet,
                     packet_block(*packet, static_cast<std::uint32_t>(at - interfaces.begin())));
    }
    return out;
}

std::vector<EvidenceBlob> evidence_blobs(const std::vector<Evidence>& samples,
                                         std::string_view comment) {
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
        blobs.push_back(
            make_blob("application/x-pcapng", make_pcapng(of_type, link_type, comment)));
    }
    return blobs;
}

}  // namespace persandian::incident
