// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/replayed_capture.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "daemon/sources/pcap_file.h"
#include "detectors/packet/decoded_packet.h"

namespace persandian::bench {
namespace {

constexpr std::uint32_t ethernet = 1;

TrafficKind kind_of_port(std::uint16_t port) {
    switch (port) {
        case 80:
        case 3128:
        case 8000:
        case 8080:
            return TrafficKind::http;
        case 443:
        case 465:
        case 853:
        case 993:
        case 995:
        case 8443:
            return TrafficKind::tls;
        case 139:
        case 445:
            return TrafficKind::smb;
        default:
            return TrafficKind::other;
    }
}

TrafficKind kind_of(const packet::DecodedPacket& packet) {
    if (packet.transport != packet::Transport::tcp) return TrafficKind::other;
    const TrafficKind kind = kind_of_port(packet.destination_port);
    return kind == TrafficKind::other ? kind_of_port(packet.source_port) : kind;
}

/// Of the IP header behind the Ethernet header and its VLAN tags.
AddressPair outer_addresses(ByteView frame) {
    ByteReader reader(frame);
    reader.skip(12);
    std::uint16_t type = reader.u16();
    while (reader.ok() && (type == 0x8100 || type == 0x88a8)) {
        reader.skip(2);
        type = reader.u16();
    }
    const std::size_t header = reader.position();
    AddressPair out;
    if (type == 0x0800) out = {header + 12, 4};
    if (type == 0x86dd) out = {header + 8, 16};
    return reader.ok() && out.offset + 2 * out.address_bytes <= frame.size() ? out : AddressPair{};
}

/// Of the innermost IP header: where its addresses are the last time in front of the payload.
AddressPair inner_addresses(ByteView frame, const packet::DecodedPacket& decoded) {
    const auto source = decoded.source.bytes();
    const auto destination = decoded.destination.bytes();
    std::vector<std::byte> both(source.begin(), source.end());
    both.insert(both.end(), destination.begin(), destination.end());
    const auto found = std::ranges::find_end(frame, both);
    if (found.empty()) return {};
    return {static_cast<std::size_t>(found.begin() - frame.begin()), source.size()};
}

/// Reads a capture as far as it goes; keeps frames of IPv4 and IPv6.
class CaptureReader {
  public:
    /// As ReplayedCapture::read().
    static std::optional<ReplayedCapture> read(const std::string& path) {
        std::error_code error;
        if (std::filesystem::file_size(path, error) > ReplayedCapture::max_file_bytes || error)
            return {};
        CaptureReader reader;
        sources::PcapFile file({.path = path, .filter = {}, .index = 0});
        try {
            file.open();
            while (file.next({}) == sources::PacketSource::Next::packet)
                if (!reader.add(file.packet())) return {};
        } catch (const sources::SourceError&) {
            return {};
        }
        reader.capture_.flows = reader.flows_.size();
        if (reader.capture_.frames.empty() || reader.is_scan()) return {};
        return std::move(reader.capture_);
    }

  private:
    using FlowKey =
        std::tuple<packet::Transport, IpAddress, std::uint16_t, IpAddress, std::uint16_t>;

    /// False when it is not Ethernet, or not all of the frame is there.
    bool add(const RawPacket& raw) {
        if (raw.link_type != ethernet || raw.wire_length_bytes > raw.bytes.size()) return false;
        Frame frame;
        frame.outer = outer_addresses(raw.bytes);
        if (frame.outer.address_bytes == 0 || raw.bytes.size() > ReplayedCapture::max_frame_bytes)
            return true;
        packet::decode(raw, decoded_);
        if (decoded_.tunnel_count > 0) frame.inner = inner_addresses(raw.bytes, decoded_);
        if (frame.inner.offset == frame.outer.offset) frame.inner = {};
        frame.begin = capture_.bytes.size();
        frame.size = raw.bytes.size();
        if (!capture_.frames.empty())
            frame.pause = std::clamp(raw.time - last_, Duration{}, ReplayedCapture::max_pause);
        last_ = raw.time;
        capture_.bytes.insert(capture_.bytes.end(), raw.bytes.begin(), raw.bytes.end());
        capture_.frames.push_back(frame);
        capture_.bytes_by_kind[static_cast<std::size_t>(kind_of(decoded_))] += frame.size;
        count_flow();
        return true;
    }

    [[nodiscard]] bool is_scan() const {
        return flows_.size() >= ReplayedCapture::min_scan_flows &&
               capture_.frames.size() < ReplayedCapture::min_packets_per_flow * flows_.size();
    }

    void count_flow() {
        if (decoded_.outcome != packet::Outcome::ok || decoded_.fragment.present) return;
        FlowKey there{decoded_.transport, decoded_.source, decoded_.source_port,
                      decoded_.destination, decoded_.destination_port};
        FlowKey back{decoded_.transport, decoded_.destination, decoded_.destination_port,
                     decoded_.source, decoded_.source_port};
        flows_.insert(std::min(there, back));
    }

    ReplayedCapture capture_;
    std::set<FlowKey> flows_;
    packet::DecodedPacket decoded_;
    Timestamp last_;
};

/// The bits of an IPv4 address that a replay may change.
std::uint32_t host_bits(std::uint32_t address) {
    const std::uint32_t first = address >> 24U;
    if (first == 0 || first >= 224) return 0;
    if (address >> 16U == 0xc0a8 || address >> 16U == 0xa9fe) return 0xffff;
    if (address >> 20U == 0xac1) return 0xf'ffff;
    return 0xff'ffff;
}

void change_four_bytes(std::span<std::byte> bytes, std::uint32_t key, bool is_whole_address) {
    std::uint32_t word = 0;
    for (const std::byte byte : bytes) word = word << 8U | std::to_integer<std::uint32_t>(byte);
    word ^= is_whole_address ? key & host_bits(word) : key;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(word >> (24 - 8 * i));
}

void change_address(std::span<std::byte> address, std::uint32_t key) {
    const bool is_v4 = address.size() == 4;
    // multicast, and ::/8: unspecified, loopback, embedded IPv4
    if (!is_v4 && (address[0] == std::byte{0xff} || address[0] == std::byte{0})) return;
    change_four_bytes(address.last(4), key, is_v4);
}

void change_addresses(std::span<std::byte> frame, const AddressPair& pair, std::uint32_t key) {
    if (pair.address_bytes == 0) return;
    change_address(frame.subspan(pair.offset, pair.address_bytes), key);
    change_address(frame.subspan(pair.offset + pair.address_bytes, pair.address_bytes), key);
}

}  // namespace

std::optional<ReplayedCapture> ReplayedCapture::read(const std::string& path) {
    return CaptureReader::read(path);
}

TrafficKind ReplayedCapture::kind() const {
    return static_cast<TrafficKind>(std::ranges::max_element(bytes_by_kind) -
                                    bytes_by_kind.begin());
}

void ReplayedCapture::replay(const Frame& frame, std::uint32_t key,
                             std::vector<std::byte>& out) const {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(frame.begin);
    out.assign(begin, begin + static_cast<std::ptrdiff_t>(frame.size));
    change_addresses(out, frame.outer, key);
    change_addresses(out, frame.inner, key);
}

}  // namespace persandian::bench
