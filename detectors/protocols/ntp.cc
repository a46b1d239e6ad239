// SPDX-License-Identifier: Apache-2.0
//
// NTP: one event per message. Control messages (mode 6) and those of the old ntpdc (mode 7, monlist
// among them) show who looks for amplifiers.
//
// Source: RFC 5905 section 7.3, RFC 9327 (mode 6); mode 7 after ntp_request.h of the reference
// implementation. Fields after Zeek's ntp.log.
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "detectors/protocols/datagram_parser.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t header_bytes = 48;
constexpr unsigned mode_control = 6, mode_private = 7;
constexpr unsigned monlist = 20, monlist_1 = 42;  ///< MON_GETLIST, MON_GETLIST_1

constexpr Field version{"ntp.version", FieldKind::integer, "1 to 4", "RFC 5905 section 7.3"};
constexpr Field mode{"ntp.mode", FieldKind::integer,
                     "1 active, 2 passive, 3 client, 4 server, 5 broadcast, 6 control, 7 private"};
constexpr Field stratum{"ntp.stratum", FieldKind::integer, "0 unspecified, 1 primary, 2 to 15"};
constexpr Field poll{"ntp.poll", FieldKind::integer, "interval, as a power of two of seconds"};
constexpr Field reference_id{"ntp.reference_id", FieldKind::text,
                             "of stratum 0 and 1 four letters, else the address of its source"};
constexpr Field operation{"ntp.control_operation", FieldKind::integer,
                          "operation code of a control message", "RFC 9327 section 2"};
constexpr Field request_code{"ntp.private_request", FieldKind::integer,
                             "request code of a private message; 20 and 42 are monlist"};
constexpr Field is_monlist{"ntp.monlist", FieldKind::boolean,
                           "asks for or tells the list of clients: abused to amplify floods"};

constexpr std::array<const Field*, 8> fields_of_ntp = {
    &version, &mode, &stratum, &poll, &reference_id, &operation, &request_code, &is_monlist};

class NtpParser final : public DatagramParser {
  public:
    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        ByteReader reader(datagram.bytes);
        const unsigned first = reader.u8();
        const unsigned how = first & 7U;
        const unsigned number = first >> 3U & 7U;
        const std::size_t least = how == mode_control ? 12 : how == mode_private ? 8 : header_bytes;
        if (how == 0 || number == 0 || number > 4) return malformed("bad_version_or_mode", first);
        if (datagram.bytes.size() < least)
            return datagram.truncated ? ParseStatus::ok
                                      : malformed("too_short", datagram.bytes.size(), least);
        Event& event = out.begin("ntp", datagram.direction, datagram.time);
        // mode 7 has a more bit and an authentication bit in its first octets
        event.add(version, Value::unsigned_integer(number));
        event.add(mode, Value::unsigned_integer(how));
        if (how == mode_control) {
            event.add(operation, Value::unsigned_integer(reader.u8() & 0x1FU));
        } else if (how == mode_private) {
            reader.skip(2);
            const unsigned code = reader.u8();
            event.add(request_code, Value::unsigned_integer(code));
            event.add(is_monlist, Value::boolean(code == monlist || code == monlist_1));
        } else {
            add_time(event, reader);
        }
        out.commit();
        return ParseStatus::ok;
    }

  private:
    static void add_time(Event& event, ByteReader& reader) {
        const unsigned level = reader.u8();
        event.add(stratum, Value::unsigned_integer(level));
        event.add(poll, Value::integer(static_cast<std::int8_t>(reader.u8())));
        reader.skip(1 + 8);
        const ByteView source = reader.take(4);
        if (level <= 1) {
            const std::string_view letters = as_text(source);
            const std::string_view name = letters.substr(0, letters.find('\0'));
            if (!name.empty()) event.add(reference_id, name);
        } else {
            event.add_copy(reference_id, IpAddress::v4(ByteReader(source).u32()).to_string());
        }
    }
};

/// Few octets tell: the first, the length, and off its port the zeros of a client's request.
Probe probe_ntp(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    ByteReader reader(bytes);
    const unsigned first = reader.u8();
    const unsigned how = first & 7U;
    const unsigned number = first >> 3U & 7U;
    const bool on_port = flow.server_port == 123 || flow.client_port == 123;
    if (!on_port || number == 0 || number > 4 || how == 0) return Probe::not_mine;
    if (how == mode_control) return bytes.size() >= 12 ? Probe::mine : Probe::not_mine;
    if (how == mode_private) return bytes.size() >= 8 ? Probe::mine : Probe::not_mine;
    return bytes.size() >= header_bytes && reader.u8() <= 16 ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {123};
constexpr std::array<LimitInfo, 1> limits = {{{"message read", header_bytes, "bytes"}}};
constexpr std::array<std::string_view, 2> references = {"RFC 5905 section 7.3", "RFC 9327"};

}  // namespace

const ProtocolEntry& ntp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "ntp",
        .transport = Transport::udp,
        .ports = ports,
        .fields = fields_of_ntp,
        .limits = limits,
        .references = references,
        .probe = probe_ntp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<NtpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
