// SPDX-License-Identifier: Apache-2.0
//
// DHCP for IPv4: one event per message: which machine got which address and name from whom. Rogue
// servers show by the addresses of OFFER and ACK, floods by their number.
//
// Source: RFC 2131 section 2, RFC 2132; names as in EVE with extended logging.
#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "detectors/protocols/datagram_parser.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t fixed_bytes = 236;  ///< up to the magic cookie
constexpr std::uint32_t magic_cookie = 0x63825363;
constexpr std::size_t max_options = 128;
constexpr std::size_t max_listed = 16;  ///< addresses or codes told of one option

constexpr Field type{"dhcp.type", FieldKind::text, "request (of a client) or reply",
                     "EVE; RFC 2131 section 2"};
constexpr Field id{"dhcp.id", FieldKind::integer, "transaction number", "EVE"};
constexpr Field client_mac{"dhcp.client_mac", FieldKind::text, "hardware address of the client",
                           "EVE"};
constexpr Field assigned_ip{"dhcp.assigned_ip", FieldKind::address, "yiaddr: the client's address",
                            "EVE"};
constexpr Field client_ip{"dhcp.client_ip", FieldKind::address,
                          "ciaddr: the address the client has already", "EVE"};
constexpr Field relay_ip{"dhcp.relay_ip", FieldKind::address, "giaddr: relay agent", "EVE"};
constexpr Field next_server_ip{"dhcp.next_server_ip", FieldKind::address,
                               "siaddr: where to boot from", "EVE"};
constexpr Field dhcp_type{"dhcp.dhcp_type", FieldKind::text,
                          "discover, offer, request, decline, ack, nak, release or inform",
                          "EVE; RFC 2132 section 9.6"};
constexpr Field hostname{"dhcp.hostname", FieldKind::text, "name the client gives (option 12)",
                         "EVE"};
constexpr Field client_id{"dhcp.client_id", FieldKind::text,
                          "client identifier in hexadecimal (option 61)", "EVE"};
constexpr Field vendor_class{"dhcp.vendor_class_identifier", FieldKind::text,
                             "kind of the client (option 60)", "EVE"};
constexpr Field requested_ip{"dhcp.requested_ip", FieldKind::address,
                             "address asked for (option 50)", "EVE"};
constexpr Field server_id{"dhcp.server_id", FieldKind::address,
                          "server that is meant or that answers (option 54)",
                          "RFC 2132 section 9.7"};
constexpr Field lease_time{"dhcp.lease_time", FieldKind::integer, "seconds (option 51)", "EVE"};
constexpr Field renewal_time{"dhcp.renewal_time", FieldKind::integer, "seconds (option 58)", "EVE"};
constexpr Field rebinding_time{"dhcp.rebinding_time", FieldKind::integer, "seconds (option 59)",
                               "EVE"};
constexpr Field subnet_mask{"dhcp.subnet_mask", FieldKind::address, "option 1", "EVE"};
constexpr Field routers{"dhcp.routers[]", FieldKind::address, "option 3", "EVE"};
constexpr Field dns_servers{"dhcp.dns_servers[]", FieldKind::address, "option 6", "EVE"};
constexpr Field domain{"dhcp.domain", FieldKind::text, "option 15"};
constexpr Field message{"dhcp.message", FieldKind::text, "why the server refuses (option 56)"};
constexpr Field params{"dhcp.params[]", FieldKind::integer,
                       "options the client asks for: tells its operating system (option 55)"};

constexpr std::array<const Field*, 22> fields_of_dhcp = {
    &type,           &id,         &client_mac,   &assigned_ip,    &client_ip,    &relay_ip,
    &next_server_ip, &dhcp_type,  &hostname,     &client_id,      &vendor_class, &requested_ip,
    &server_id,      &lease_time, &renewal_time, &rebinding_time, &subnet_mask,  &routers,
    &dns_servers,    &domain,     &message,      &params};

constexpr std::array<std::string_view, 9> type_names = {
    "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"};

IpAddress address(ByteReader& reader) {
    return IpAddress::v4(reader.u32());
}

void add_address(Event& event, const Field& field, ByteView value, bool list) {
    ByteReader reader(value);
    for (std::size_t i = 0; reader.remaining() >= 4 && i < (list ? max_listed : 1); ++i)
        event.add(field, Value::address(address(reader)), i);
}

void add_number(Event& event, const Field& field, ByteView value) {
    if (value.size() == 4) event.add(field, Value::unsigned_integer(ByteReader(value).u32()));
}

/// Text of an option: some end it with NUL.
void add_text(Event& event, const Field& field, ByteView value) {
    const std::string_view text = as_text(value);
    event.add(field, text.substr(0, text.find('\0')));
}

void add_option(Event& event, unsigned code, ByteView value) {
    switch (code) {
        case 1:
            return add_address(event, subnet_mask, value, false);
        case 3:
            return add_address(event, routers, value, true);
        case 6:
            return add_address(event, dns_servers, value, true);
        case 12:
            return add_text(event, hostname, value);
        case 15:
            return add_text(event, domain, value);
        case 50:
            return add_address(event, requested_ip, value, false);
        case 51:
            return add_number(event, lease_time, value);
        case 53:
            if (value.size() == 1 && std::to_integer<std::size_t>(value[0]) < type_names.size())
                event.add(dhcp_type, type_names[std::to_integer<std::size_t>(value[0])]);
            return;
        case 54:
            return add_address(event, server_id, value, false);
        case 55:
            for (std::size_t i = 0; i < std::min(value.size(), max_listed * 2); ++i)
                event.add(params, Value::integer(std::to_integer<int>(value[i])), i);
            return;
        case 56:
            return add_text(event, message, value);
        case 58:
            return add_number(event, renewal_time, value);
        case 59:
            return add_number(event, rebinding_time, value);
        case 60:
            return add_text(event, vendor_class, value);
        case 61: {
            std::string hexadecimal;
            for (const std::byte octet : value.first(std::min<std::size_t>(value.size(), 64)))
                hexadecimal += fmt::format("{}{:02x}", hexadecimal.empty() ? "" : ":",
                                           std::to_integer<unsigned>(octet));
            return event.add_copy(client_id, hexadecimal);
        }
        default:
            return;
    }
}

class DhcpParser final : public DatagramParser {
  public:
    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        ByteReader reader(datagram.bytes);
        const unsigned operation = reader.u8();
        reader.skip(1);
        const std::size_t mac_bytes = reader.u8();
        reader.skip(1);
        const std::uint32_t number = reader.u32();
        reader.skip(4);
        const IpAddress ciaddr = address(reader), yiaddr = address(reader),
                        siaddr = address(reader), giaddr = address(reader);
        const ByteView hardware = reader.take(16);
        reader.skip(64 + 128);
        const bool cookie = reader.u32() == magic_cookie;
        if (operation != 1 && operation != 2) return malformed("bad_operation", operation, 2);
        if (!reader.ok()) return datagram.truncated ? ParseStatus::ok : malformed("too_short");
        Event& event = out.begin("dhcp", datagram.direction, datagram.time);
        event.add(type, operation == 1 ? "request" : "reply");
        event.add(id, Value::unsigned_integer(number));
        event.add_copy(client_mac, mac_text(hardware.first(std::min<std::size_t>(mac_bytes, 16))));
        add_if_set(event, assigned_ip, yiaddr);
        add_if_set(event, client_ip, ciaddr);
        add_if_set(event, relay_ip, giaddr);
        add_if_set(event, next_server_ip, siaddr);
        if (cookie) add_options(event, reader);
        out.commit();
        return ParseStatus::ok;
    }

  private:
    static std::string mac_text(ByteView octets) {
        std::string out;
        for (const std::byte octet : octets)
            out +=
                fmt::format("{}{:02x}", out.empty() ? "" : ":", std::to_integer<unsigned>(octet));
        return out;
    }
    static void add_if_set(Event& event, const Field& field, const IpAddress& value) {
        if (value != IpAddress::v4(0)) event.add(field, Value::address(value));
    }
    /// What is cut or does not add up ends the list.
    static void add_options(Event& event, ByteReader& reader) {
        constexpr unsigned pad = 0, end = 255;
        std::bitset<256> seen;  // the first of each counts
        for (std::size_t i = 0; i < max_options && reader.ok() && !reader.at_end();) {
            const unsigned code = reader.u8();
            if (code == pad) continue;
            if (code == end) return;
            const ByteView value = reader.take(reader.u8());
            if (reader.ok() && !seen.test(code)) add_option(event, code, value);
            seen.set(code);
            ++i;
        }
    }
};

/// The fixed part and its cookie; BOOTP without cookie on its ports alone.
Probe probe_dhcp(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    ByteReader reader(bytes);
    const unsigned operation = reader.u8();
    const unsigned hardware = reader.u8();
    const unsigned length = reader.u8();
    if (bytes.size() < fixed_bytes || (operation != 1 && operation != 2) || hardware > 38 ||
        length > 16)
        return Probe::not_mine;
    reader.seek(fixed_bytes);
    if (reader.u32() == magic_cookie) return Probe::mine;
    const bool near = (flow.server_port == 67 && flow.client_port == 68) ||
                      (flow.server_port == 68 && flow.client_port == 67);
    return near ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {67, 68};
constexpr std::array<LimitInfo, 2> limits = {
    {{"options", max_options, "options"}, {"addresses of an option", max_listed, "addresses"}}};
constexpr std::array<std::string_view, 2> references = {"RFC 2131 section 2", "RFC 2132"};

}  // namespace

const ProtocolEntry& dhcp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "dhcp",
        .transport = Transport::udp,
        .ports = ports,
        .fields = fields_of_dhcp,
        .limits = limits,
        .references = references,
        .probe = probe_dhcp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<DhcpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
