// SPDX-License-Identifier: Apache-2.0
//
// SNMP versions 1, 2c and 3: one event per message, with the community (which is all the protection
// there is before version 3), the user of version 3, and the objects asked for.
//
// Source: RFC 1157 section 4, RFC 3416 section 3, RFC 3412 section 6, RFC 3414 section 2.4. Names
// as in EVE.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/ber_reader.h"
#include "detectors/protocols/datagram_parser.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_variables = 64;  ///< told of one message

constexpr Field version{"snmp.version", FieldKind::integer, "1, 2 or 3", "EVE"};
constexpr Field community{"snmp.community", FieldKind::text, "community of version 1 and 2c",
                          "EVE"};
constexpr Field usm{"snmp.usm", FieldKind::text, "user of version 3", "EVE; RFC 3414 section 2.4"};
constexpr Field pdu_type{"snmp.pdu_type", FieldKind::text,
                         "get_request, set_request, trap_v2, …; absent when it is encrypted",
                         "EVE; RFC 3416 section 3"};
constexpr Field request_id{"snmp.request_id", FieldKind::integer, "number of the request"};
constexpr Field error{"snmp.error_status", FieldKind::integer, "0 or what went wrong",
                      "RFC 3416 section 3"};
constexpr Field vars{"snmp.vars[]", FieldKind::text, "objects asked for or told, dotted", "EVE"};
constexpr Field trap_oid{"snmp.trap_oid", FieldKind::text, "enterprise of a version 1 trap", "EVE"};

constexpr std::array<const Field*, 8> fields_of_snmp = {&version,    &community, &usm,  &pdu_type,
                                                        &request_id, &error,     &vars, &trap_oid};

constexpr std::array<std::string_view, 9> pdu_names = {
    "get_request",      "get_next_request", "response", "set_request", "trap_v1",
    "get_bulk_request", "inform_request",   "trap_v2",  "report"};

std::string_view pdu_name(unsigned tag) {
    const unsigned number = tag & 0x1FU;
    return (tag & 0xE0U) == 0xA0 && number < pdu_names.size() ? pdu_names[number]
                                                              : std::string_view{};
}

/// A message up to its PDU.
struct Message {
    std::int64_t version = 0;  ///< as on the wire: 0 is version 1
    std::optional<std::string_view> community, user;
    ber::Element pdu;  ///< tag 0: encrypted
};

std::optional<Message> read_version_3(ByteReader& reader, Message message) {
    ByteReader header(ber::expect(reader, ber::tag_sequence));
    (void)ber::expect(header, ber::tag_integer);
    (void)ber::expect(header, ber::tag_integer);
    const ByteView flags = ber::expect(header, ber::tag_octets);
    ByteReader parameters(ber::expect(reader, ber::tag_octets));
    if (!header.ok() || !reader.ok() || flags.size() != 1) return std::nullopt;
    if (const auto inside = ber::optional(parameters, ber::tag_sequence)) {
        ByteReader usm_fields(*inside);
        (void)ber::expect(usm_fields, ber::tag_octets);
        (void)ber::expect(usm_fields, ber::tag_integer);
        (void)ber::expect(usm_fields, ber::tag_integer);
        const ByteView name = ber::expect(usm_fields, ber::tag_octets);
        if (usm_fields.ok()) message.user = as_text(name);
    }
    constexpr auto encrypted = std::byte{2};
    if ((flags[0] & encrypted) != std::byte{}) return message;
    ByteReader scoped(ber::expect(reader, ber::tag_sequence));
    (void)ber::expect(scoped, ber::tag_octets);
    (void)ber::expect(scoped, ber::tag_octets);
    message.pdu = ber::read_element(scoped);
    if (pdu_name(message.pdu.tag).empty()) return std::nullopt;
    return message;
}

std::optional<Message> read_message(ByteView bytes) {
    ByteReader whole(bytes);
    ByteReader reader(ber::expect(whole, ber::tag_sequence));
    Message message;
    const ByteView number = ber::expect(reader, ber::tag_integer);
    message.version = ber::integer(number);
    if (!reader.ok() || number.size() != 1) return std::nullopt;
    if (message.version == 3) return read_version_3(reader, message);
    if (message.version != 0 && message.version != 1) return std::nullopt;
    const ByteView name = ber::expect(reader, ber::tag_octets);
    message.pdu = ber::read_element(reader);
    if (!reader.ok() || pdu_name(message.pdu.tag).empty()) return std::nullopt;
    message.community = as_text(name);
    return message;
}

void add_variables(Event& event, ByteReader& pdu) {
    ByteReader list(ber::expect(pdu, ber::tag_sequence));
    for (std::size_t i = 0; i < max_variables && list.ok() && !list.at_end(); ++i) {
        ByteReader variable(ber::expect(list, ber::tag_sequence));
        const ByteView name = ber::expect(variable, ber::tag_oid);
        if (variable.ok()) event.add_copy(vars, ber::dotted_oid(name), i);
    }
}

void add_pdu(Event& event, const ber::Element& element) {
    constexpr unsigned trap_v1 = 0xA4;
    event.add(pdu_type, pdu_name(element.tag));
    ByteReader pdu(element.value);
    if (element.tag == trap_v1) {
        event.add_copy(trap_oid, ber::dotted_oid(ber::expect(pdu, ber::tag_oid)));
        for (int i = 0; i < 4; ++i) (void)ber::read_element(pdu);  // agent, kinds, time
    } else {
        const ByteView id = ber::expect(pdu, ber::tag_integer);
        const ByteView status = ber::expect(pdu, ber::tag_integer);
        (void)ber::expect(pdu, ber::tag_integer);
        if (!pdu.ok()) return;
        event.add(request_id, Value::integer(ber::integer(id)));
        if (pdu_name(element.tag) == "response")
            event.add(error, Value::integer(ber::integer(status)));
    }
    add_variables(event, pdu);
}

class SnmpParser final : public DatagramParser {
  public:
    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        const std::optional<Message> message = read_message(datagram.bytes);
        if (!message) return datagram.truncated ? ParseStatus::ok : malformed("bad_message");
        Event& event = out.begin("snmp", datagram.direction, datagram.time);
        event.add(version, Value::integer(message->version == 3 ? 3 : message->version + 1));
        if (message->community) event.add(community, *message->community);
        if (message->user) event.add(usm, *message->user);
        if (message->pdu.tag != 0) add_pdu(event, message->pdu);
        out.commit();
        return ParseStatus::ok;
    }
};

/// The whole message must read: that is certain on any port.
Probe probe_snmp(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    return read_message(bytes) ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {161, 162};
constexpr std::array<LimitInfo, 1> limits = {
    {{"variables told of a message", max_variables, "objects"}}};
constexpr std::array<std::string_view, 3> references = {"RFC 1157 section 4", "RFC 3416 section 3",
                                                        "RFC 3412 section 6"};

}  // namespace

const ProtocolEntry& snmp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "snmp",
        .transport = Transport::udp,
        .ports = ports,
        .fields = fields_of_snmp,
        .limits = limits,
        .references = references,
        .probe = probe_snmp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SnmpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
