// SPDX-License-Identifier: Apache-2.0
//
// RDP: one event per connection with what both sides say before encryption: the cookie (the user
// name that many clients and all brute-force tools send), the security protocols asked for and
// chosen, and, with the standard security of old, the client's own description. With TLS chosen the
// flow is probed anew.
//
// Source: MS-RDPBCGR sections 2.2.1.1 to 2.2.1.3; RFC 1006 section 6 (TPKT); X.224 section 13.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"
#include "detectors/protocols/utf16.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t header_bytes = 4;
constexpr std::size_t max_packet_bytes = 16'384;
constexpr std::size_t max_channels = 31;  ///< MS-RDPBCGR section 2.2.1.3.4
constexpr unsigned connection_request = 0xE0;
constexpr unsigned connection_confirm = 0xD0;
constexpr unsigned negotiation_request = 1;
constexpr unsigned negotiation_response = 2;
constexpr unsigned negotiation_failure = 3;

constexpr Field cookie{"rdp.cookie", FieldKind::text,
                       "mstshash of the first packet: often the user name", "EVE"};
constexpr Field routing_token{"rdp.routing_token", FieldKind::text,
                              "token of a load balancer in the first packet"};
constexpr Field requested{"rdp.requested_protocols[]", FieldKind::text,
                          "security protocols the client offers: ssl, hybrid, rdstls, hybrid_ex",
                          "MS-RDPBCGR section 2.2.1.1.1"};
constexpr Field protocol{"rdp.protocol", FieldKind::text,
                         "security protocol the server chose; rdp: the standard security of old",
                         "EVE; MS-RDPBCGR section 2.2.1.2.1"};
constexpr Field error_code{"rdp.error_code", FieldKind::integer, "why the server refuses, 1 to 6",
                           "EVE; section 2.2.1.2.2"};
constexpr Field client_name{"rdp.client.client_name", FieldKind::text,
                            "name of the client's machine", "EVE; section 2.2.1.3.2"};
constexpr Field client_build{"rdp.client.build", FieldKind::integer, "build of the client"};
constexpr Field keyboard{"rdp.client.keyboard_layout", FieldKind::integer,
                         "input locale of the client, 1057 is Indonesian"};
constexpr Field width{"rdp.client.desktop_width", FieldKind::integer, "pixels", "EVE"};
constexpr Field height{"rdp.client.desktop_height", FieldKind::integer, "pixels", "EVE"};
constexpr Field channels{
    "rdp.channels[]", FieldKind::text,
    "virtual channels asked for: rdpdr is drives and printers, cliprdr copying",
    "EVE; section 2.2.1.3.4"};

constexpr std::array<const Field*, 11> fields_of_rdp = {
    &cookie,       &routing_token, &requested, &protocol, &error_code, &client_name,
    &client_build, &keyboard,      &width,     &height,   &channels};

struct SecurityProtocol {
    std::uint32_t bit;
    std::string_view name;
};
constexpr std::array<SecurityProtocol, 5> security_protocols = {
    {{1, "ssl"}, {2, "hybrid"}, {4, "rdstls"}, {8, "hybrid_ex"}, {16, "rdsaad"}}};

std::string_view name_of(std::uint32_t selected) {
    for (const SecurityProtocol& known : security_protocols)
        if (known.bit == selected) return known.name;
    return selected == 0 ? "rdp" : "unknown";
}

/// The client's description, MS-RDPBCGR section 2.2.1.3.
struct ClientData {
    std::string name;
    std::uint32_t build = 0, keyboard_layout = 0;
    std::uint16_t desktop_width = 0, desktop_height = 0;
    std::vector<std::string> channel_names;
    bool present = false;
};

void read_core(ByteReader block, ClientData& out) {
    block.skip(4);  // version
    out.desktop_width = block.u16_le();
    out.desktop_height = block.u16_le();
    block.skip(4);  // colour depth, SAS sequence
    out.keyboard_layout = block.u32_le();
    out.build = block.u32_le();
    out.name = utf8_of_utf16le(block.take(32));
    out.present = block.ok();
}

void read_channels(ByteReader block, ClientData& out) {
    const std::uint32_t count = block.u32_le();
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(count, max_channels); ++i) {
        const std::string_view name = as_text(block.take(8));
        block.skip(4);
        if (!block.ok()) return;
        out.channel_names.emplace_back(name.substr(0, name.find('\0')));
    }
}

/// The blocks behind the key "Duca" in the MCS Connect Initial.
void read_client_data(ByteView packet, ClientData& out) {
    constexpr unsigned core = 0xC001;
    constexpr unsigned network = 0xC003;
    const std::size_t key = as_text(packet).find("Duca");
    if (key == std::string_view::npos) return;
    ByteReader reader(packet.subspan(key + 4));
    if ((reader.u8() & 0x80U) != 0) reader.skip(1);  // PER length of one or two octets
    while (reader.ok() && !reader.at_end()) {
        const unsigned type = reader.u16_le();
        const std::size_t length = reader.u16_le();
        if (length < 4) return;
        const ByteReader block(reader.take(length - 4));
        if (!reader.ok()) return;
        if (type == core) read_core(block, out);
        if (type == network) read_channels(block, out);
    }
}

class RdpParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter&) noexcept override {
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        ByteView bytes = chunk.bytes;
        if (encrypted_) return ParseStatus::upgrade;
        while (const std::optional<ByteView> header = buffer.peek(header_bytes, bytes)) {
            ByteReader reader(*header);
            if (reader.u8() != 3) return ParseStatus::stop;  // fast-path: the session has begun
            reader.skip(1);
            const std::size_t length = reader.u16();
            if (length < header_bytes + 3 || length > max_packet_bytes)
                return fail("bad_packet_length", length, max_packet_bytes);
            const std::optional<ByteView> packet = buffer.take(length, bytes);
            if (!packet) break;
            const ParseStatus status = read_packet(packet->subspan(header_bytes), from_client);
            if (status == ParseStatus::upgrade) unread_bytes_ = bytes.size();
            if (status != ParseStatus::ok) return status;
        }
        return ParseStatus::need_more;
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        Event& event = out.begin("rdp", flow::Direction::to_server, time);
        if (!cookie_.empty()) event.add(cookie, cookie_);
        if (!routing_token_.empty()) event.add(routing_token, routing_token_);
        std::size_t at = 0;
        for (const SecurityProtocol& known : security_protocols)
            if ((requested_ & known.bit) != 0) event.add(requested, known.name, at++);
        if (selected_) event.add(protocol, name_of(*selected_));
        if (failure_) event.add(error_code, Value::unsigned_integer(*failure_));
        if (data_.present) {
            event.add(client_name, data_.name);
            event.add(client_build, Value::unsigned_integer(data_.build));
            event.add(keyboard, Value::unsigned_integer(data_.keyboard_layout));
            event.add(width, Value::unsigned_integer(data_.desktop_width));
            event.add(height, Value::unsigned_integer(data_.desktop_height));
        }
        for (std::size_t i = 0; i < data_.channel_names.size(); ++i)
            event.add(channels, data_.channel_names[i], i);
        out.commit();
    }

    std::size_t unread_bytes() const noexcept override { return unread_bytes_; }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() + cookie_.capacity();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    ParseStatus read_packet(ByteView packet, bool from_client) {
        ByteReader reader(packet);
        const std::size_t length = reader.u8();
        const unsigned type = reader.u8() & 0xF0U;
        if (type == connection_request && from_client && length + 1 <= packet.size())
            return read_request(packet.subspan(std::min<std::size_t>(7, packet.size())));
        if (type == connection_confirm && !from_client) return read_confirm(packet);
        if (!from_client) return ParseStatus::ok;
        read_client_data(packet, data_);
        return data_.present ? ParseStatus::stop : ParseStatus::ok;
    }

    ParseStatus read_request(ByteView rest) {
        constexpr std::string_view user = "Cookie: mstshash=";
        constexpr std::string_view token = "Cookie: msts=";
        const std::string_view text = as_text(rest);
        const std::size_t end = text.find("\r\n");
        if (end != std::string_view::npos) {
            const std::string_view line = text.substr(0, end);
            if (line.starts_with(user)) cookie_ = line.substr(user.size());
            if (line.starts_with(token)) routing_token_ = line.substr(token.size());
            rest = rest.subspan(end + 2);
        }
        ByteReader reader(rest);
        const bool asks = reader.u8() == negotiation_request;
        reader.skip(3);
        const std::uint32_t protocols = reader.u32_le();
        if (asks && reader.ok()) requested_ = protocols;
        return ParseStatus::ok;
    }

    ParseStatus read_confirm(ByteView packet) {
        ByteReader reader(packet.subspan(std::min<std::size_t>(7, packet.size())));
        const unsigned type = reader.u8();
        reader.skip(3);
        const std::uint32_t value = reader.u32_le();
        if (!reader.ok()) {
            selected_ = 0;
            return ParseStatus::ok;
        }
        if (type == negotiation_failure) failure_ = value;
        if (type != negotiation_response) return ParseStatus::ok;
        selected_ = value;
        encrypted_ = value != 0;
        return encrypted_ ? ParseStatus::upgrade : ParseStatus::ok;
    }

    ParseStatus fail(std::string_view event, std::uint64_t observed, std::uint64_t limit) {
        problem_ = {event, observed, limit};
        return ParseStatus::malformed;
    }

    MessageBuffer client_, server_;
    std::string cookie_, routing_token_;
    std::uint32_t requested_ = 0;
    std::optional<std::uint32_t> selected_, failure_;
    ClientData data_;
    bool encrypted_ = false;
    std::size_t unread_bytes_ = 0;
    ParseProblem problem_;
};

/// TPKT around an X.224 connection request or confirm whose lengths agree. ISO services share that
/// much: off its port a cookie or a negotiation must follow.
Probe probe_rdp(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::size_t fixed_bytes = header_bytes + 7;
    constexpr std::string_view start("\x03\x00", 2);
    const std::string_view text = as_text(bytes);
    if (!text.starts_with(start.substr(0, std::min<std::size_t>(2, text.size()))))
        return Probe::not_mine;
    if (bytes.size() < fixed_bytes) return Probe::unsure;
    ByteReader reader(bytes);
    reader.skip(2);
    const std::size_t length = reader.u16();
    const std::size_t indicator = reader.u8();
    const unsigned type = reader.u8();
    const bool to_server = direction == flow::Direction::to_server;
    if (length != indicator + header_bytes + 1 ||
        type != (to_server ? connection_request : connection_confirm))
        return Probe::not_mine;
    if (flow.server_port == 3389) return Probe::mine;
    if (bytes.size() < fixed_bytes + 1) return Probe::unsure;
    const std::string_view rest = text.substr(fixed_bytes);
    if (!to_server)
        return length == 19 && (rest[0] == '\x02' || rest[0] == '\x03') ? Probe::mine
                                                                        : Probe::not_mine;
    if (rest[0] == '\x01' && length == 19) return Probe::mine;
    constexpr std::string_view word = "Cookie: msts";
    if (rest.size() < word.size()) return word.starts_with(rest) ? Probe::unsure : Probe::not_mine;
    return rest.starts_with(word) ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {3389};
constexpr std::array<LimitInfo, 2> limits = {
    {{"packet", max_packet_bytes, "bytes"}, {"channels", max_channels, "names"}}};
constexpr std::array<std::string_view, 2> references = {"MS-RDPBCGR section 2.2.1",
                                                        "RFC 1006 section 6"};

}  // namespace

const ProtocolEntry& rdp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "rdp",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_rdp,
        .limits = limits,
        .references = references,
        .probe = probe_rdp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<RdpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
