// SPDX-License-Identifier: Apache-2.0
//
// Builds frames with right lengths and checksums, and whole TCP conversations out of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/ip_address.h"
#include "detectors/base/timestamp.h"
#include "detectors/event/raw_packet.h"

namespace persandian::test {

using Bytes = std::vector<std::byte>;

[[nodiscard]] Bytes to_bytes(std::string_view text);

/// A frame that owns its bytes.
struct Packet {
    Bytes bytes;
    Timestamp time = Timestamp::from_seconds(1'700'000'000);
    std::uint32_t link_type = 1;
    std::uint32_t wire_length_bytes = 0;  ///< 0: as many as there are bytes

    /// Valid as long as this object.
    [[nodiscard]] RawPacket raw(std::uint64_t number = 1) const;
};

/// One frame, layer by layer:
///   PacketBuilder().vlan(7).ipv4("192.0.2.1", "198.51.100.9").tcp(40000,
///   80).sequence(1).payload("x").frame()
/// Defaults: TCP has ACK set; addresses 192.0.2.1 -> 198.51.100.1.
class PacketBuilder {
  public:
    /// Outermost first.
    PacketBuilder& vlan(std::uint16_t id, std::uint16_t ethertype = 0x8100);
    PacketBuilder& ipv4(std::string_view source, std::string_view destination);
    PacketBuilder& ipv6(std::string_view source, std::string_view destination);
    PacketBuilder& ip(const IpAddress& source, const IpAddress& destination);
    PacketBuilder& ipv4_options(Bytes options);  ///< a multiple of 4 bytes
    /// `body`: the header without its first two octets, which are made here.
    PacketBuilder& ipv6_extension(std::uint8_t protocol, Bytes body);
    PacketBuilder& ip_id(std::uint32_t id);
    PacketBuilder& ttl(std::uint8_t ttl);

    PacketBuilder& tcp(std::uint16_t source_port, std::uint16_t destination_port);
    PacketBuilder& sequence(std::uint32_t sequence);
    PacketBuilder& acknowledgement(std::uint32_t acknowledgement);
    PacketBuilder& flags(std::uint8_t flags);
    PacketBuilder& window(std::uint16_t window);   ///< default 64,240
    PacketBuilder& urgent(std::uint16_t pointer);  ///< sets URG as well
    PacketBuilder& tcp_options(Bytes options);     ///< a multiple of 4 bytes
    PacketBuilder& udp(std::uint16_t source_port, std::uint16_t destination_port);
    /// The four octets behind the checksum are 0.
    PacketBuilder& icmp(std::uint8_t type, std::uint8_t code);
    /// Any other protocol: the payload follows the IP header at once.
    PacketBuilder& protocol(std::uint8_t protocol);
    PacketBuilder& payload(std::string_view text);

    [[nodiscard]] Bytes frame() const;      ///< Ethernet
    [[nodiscard]] Bytes ip_packet() const;  ///< without link layer
    [[nodiscard]] Bytes transport() const;  ///< transport header and payload
    [[nodiscard]] Packet packet() const;    ///< frame() as a Packet
    /// Ethernet frames of the packet cut into IP fragments of at most `data_bytes` (made a
    /// multiple of 8) of data each.
    [[nodiscard]] std::vector<Bytes> fragments(std::size_t data_bytes) const;
    /// One Ethernet frame with the given piece of `data` as fragment.
    [[nodiscard]] Bytes fragment(std::size_t offset_bytes, const Bytes& data, bool more) const;

  private:
    [[nodiscard]] Bytes ip_header_and(const Bytes& payload, std::uint8_t next,
                                      std::uint16_t fragment_field) const;
    [[nodiscard]] Bytes ethernet(const Bytes& ip) const;

    struct Tag {
        std::uint16_t id, ethertype;
    };
    struct Extension {
        std::uint8_t protocol;
        Bytes body;
    };
    std::vector<Tag> tags_;
    IpAddress source_ = IpAddress::v4(0xc0000201), destination_ = IpAddress::v4(0xc6336401);
    Bytes ip_options_;
    std::vector<Extension> extensions_;
    std::uint32_t ip_id_ = 1;
    std::uint8_t ttl_ = 64;
    std::uint8_t protocol_ = 6;
    std::uint16_t source_port_ = 40'000, destination_port_ = 80;
    std::uint32_t sequence_ = 0, acknowledgement_ = 0;
    std::uint8_t flags_ = 0x10;
    std::uint16_t window_ = 0xfaf0, urgent_pointer_ = 0;
    Bytes tcp_options_;
    std::uint8_t icmp_type_ = 0, icmp_code_ = 0;
    Bytes payload_;
};

/// A TCP conversation as it would be captured: packets 1 ms apart, each side acknowledging what the
/// other sent.
class TcpConversation {
  public:
    struct Ends {
        std::string client = "192.0.2.1";
        std::string server = "198.51.100.1";
        std::uint16_t client_port = 40'000;
        std::uint16_t server_port = 80;
        std::uint32_t client_sequence = 1000;  ///< of its SYN
        std::uint32_t server_sequence = 5000;
        Timestamp start = Timestamp::from_seconds(1'700'000'000);
    };
    TcpConversation() : TcpConversation(Ends()) {}
    explicit TcpConversation(Ends ends);

    TcpConversation& handshake();
    /// `text` from one side, in segments of at most `segment_bytes`.
    TcpConversation& client(std::string_view text, std::size_t segment_bytes = 1460);
    TcpConversation& server(std::string_view text, std::size_t segment_bytes = 1460);
    /// Bytes that the capture misses, but the other side gets.
    TcpConversation& client_unseen(std::size_t count);
    TcpConversation& server_unseen(std::size_t count);
    TcpConversation& client_acknowledges();
    TcpConversation& server_acknowledges();
    /// FIN from the client, FIN from the server, last ACK.
    TcpConversation& close();
    TcpConversation& client_resets();
    TcpConversation& server_resets();
    TcpConversation& wait(Duration time);

    [[nodiscard]] std::vector<Packet>& packets() { return packets_; }
    [[nodiscard]] const std::vector<Packet>& packets() const { return packets_; }

  private:
    void send(bool from_client, std::uint8_t flags, std::string_view text);
    void send_all(bool from_client, std::string_view text, std::size_t segment_bytes);

    Ends ends_;
    std::uint32_t next_[2];  ///< client's, server's next sequence number
    Timestamp now_;
    std::vector<Packet> packets_;
};

}  // namespace persandian::test
