// SPDX-License-Identifier: Apache-2.0
#include "detectors/packet/checksum.h"

namespace persandian::packet {
namespace {

/// Sum of 16-bit words; an odd last byte counts as high byte of a word.
class Sum {
  public:
    void add(ByteView bytes) noexcept {
        std::size_t i = 0;
        for (; i + 1 < bytes.size(); i += 2) add_word(word_at(bytes, i));
        if (i < bytes.size()) add_word(std::to_integer<std::uint32_t>(bytes[i]) << 8U);
    }
    void add_word(std::uint32_t word) noexcept { total_ += word; }
    [[nodiscard]] std::uint16_t folded() const noexcept {
        std::uint64_t sum = total_;
        while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
        return static_cast<std::uint16_t>(sum);
    }
    [[nodiscard]] static std::uint32_t word_at(ByteView bytes, std::size_t at) noexcept {
        return std::to_integer<std::uint32_t>(bytes[at]) << 8U |
               std::to_integer<std::uint32_t>(bytes[at + 1]);
    }

  private:
    std::uint64_t total_ = 0;
};

/// `sum` has everything in it, also the checksum at `at` of `bytes`.
Checksum judge(const Sum& sum, ByteView bytes, std::size_t at, Layer layer) noexcept {
    Checksum out;
    out.checked = true;
    out.layer = layer;
    out.observed = static_cast<std::uint16_t>(Sum::word_at(bytes, at));
    const std::uint16_t whole = sum.folded();
    out.right = whole == 0xffffU;
    Sum rest = sum;  // taking a word away is adding its complement
    rest.add_word(0xffffU - out.observed);
    out.expected = static_cast<std::uint16_t>(~rest.folded() & 0xffffU);
    return out;
}

void add_pseudo_header(Sum& sum, const DecodedPacket& packet) noexcept {
    sum.add(packet.source.bytes());
    sum.add(packet.destination.bytes());
    const auto length = static_cast<std::uint32_t>(packet.transport_bytes.size());
    sum.add_word(length >> 16U);
    sum.add_word(length & 0xffffU);
    sum.add_word(packet.ip_protocol);
}

}  // namespace

Checksum ip_header_checksum(const DecodedPacket& packet) noexcept {
    constexpr std::size_t checksum_at = 10;
    if (packet.ip_version != 4 || packet.ip_header.size() < 20) return {};
    Sum sum;
    sum.add(packet.ip_header);
    return judge(sum, packet.ip_header, checksum_at, Layer::ipv4);
}

Checksum transport_checksum(const DecodedPacket& packet) noexcept {
    const ByteView bytes = packet.transport_bytes;
    if (packet.payload_truncated || bytes.size() < 4) return {};
    if (packet.raw->wire_length_bytes > longest_checked_frame_bytes) return {};
    Sum sum;
    sum.add(bytes);
    if (packet.transport == Transport::icmp_v4) return judge(sum, bytes, 2, Layer::icmp);
    if (packet.other_pseudo_header) return {};
    add_pseudo_header(sum, packet);
    switch (packet.transport) {
        case Transport::tcp:
            return judge(sum, bytes, 16, Layer::tcp);
        case Transport::udp:
            if (Sum::word_at(bytes, 6) == 0) return {};  // the sender made none
            return judge(sum, bytes, 6, Layer::udp);
        case Transport::icmp_v6:
            return judge(sum, bytes, 2, Layer::icmp);
        default:
            return {};
    }
}

}  // namespace persandian::packet
