// SPDX-License-Identifier: Apache-2.0
//
// SOCKS 4, 4a and 5: one event per connection: who wants to reach what through the proxy, and what
// it says. Then the flow is probed anew, for what goes through it.
//
// Source: RFC 1928, RFC 1929, SOCKS 4 and 4a as published by NEC; fields after Zeek's socks.log.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_text_bytes = 255;

constexpr Field version{"socks.version", FieldKind::integer, "4 or 5", "Zeek"};
constexpr Field user{"socks.user", FieldKind::text, "who authenticates; the password is left out",
                     "Zeek; RFC 1929"};
constexpr Field command{"socks.command", FieldKind::text, "connect, bind or udp_associate"};
constexpr Field request_host{"socks.request.host", FieldKind::text, "name or address asked for",
                             "Zeek"};
constexpr Field request_port{"socks.request.port", FieldKind::integer, "port asked for", "Zeek"};
constexpr Field outcome{"socks.status", FieldKind::text, "succeeded, or why not", "Zeek"};
constexpr Field bound_host{"socks.bound.host", FieldKind::text, "address the proxy uses", "Zeek"};
constexpr Field bound_port{"socks.bound.port", FieldKind::integer, "port the proxy uses", "Zeek"};

constexpr std::array<const Field*, 8> fields_of_socks = {
    &version, &user, &command, &request_host, &request_port, &outcome, &bound_host, &bound_port};

constexpr std::array<std::string_view, 9> statuses = {
    "succeeded",           "general_failure",       "not_allowed",
    "network_unreachable", "host_unreachable",      "connection_refused",
    "ttl_expired",         "command_not_supported", "address_type_not_supported"};

std::string_view command_name(unsigned code) {
    constexpr std::array<std::string_view, 3> names = {"connect", "bind", "udp_associate"};
    return code >= 1 && code <= names.size() ? names[code - 1] : "unknown";
}

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};

/// Address type, address and port, RFC 1928 section 4; fails the reader when more must come.
Endpoint read_endpoint(ByteReader& reader) {
    constexpr unsigned ipv4 = 1, name = 3, ipv6 = 4;
    Endpoint out;
    const unsigned type = reader.u8();
    if (type == ipv4) {
        out.host = IpAddress::v4(reader.u32()).to_string();
    } else if (type == name) {
        out.host = as_text(reader.take(reader.u8()));
    } else if (type == ipv6) {
        const ByteView octets = reader.take(16);
        if (octets.size() == 16) out.host = IpAddress::from_bytes(octets).to_string();
    } else {
        reader.fail();
    }
    out.port = reader.u16();
    return out;
}

class SocksParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter&) noexcept override {
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        std::string& held = from_client ? client_ : server_;
        held +=
            as_text(chunk.bytes.first(std::min(chunk.bytes.size(), max_held_bytes - held.size())));
        for (;;) {
            const std::size_t before = held.size();
            const ParseStatus status = from_client ? read_client() : read_server();
            if (status == ParseStatus::upgrade)
                unread_bytes_ = std::min(held.size(), chunk.bytes.size());
            if (status != ParseStatus::ok) return status;
            if (held.size() == before) break;
        }
        return held.size() >= max_held_bytes ? malformed("too_much") : ParseStatus::need_more;
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        if (version_ == 0) return;
        Event& event = out.begin("socks", flow::Direction::to_server, time);
        event.add(version, Value::unsigned_integer(version_));
        if (!user_.empty()) event.add(user, user_);
        if (!command_.empty()) {
            event.add(command, command_);
            event.add(request_host, request_.host);
            event.add(request_port, Value::unsigned_integer(request_.port));
        }
        if (!status_.empty()) event.add(outcome, status_);
        if (bound_.port != 0) {
            event.add(bound_host, bound_.host);
            event.add(bound_port, Value::unsigned_integer(bound_.port));
        }
        out.commit();
    }
    std::size_t unread_bytes() const noexcept override { return unread_bytes_; }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.capacity() + server_.capacity();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    static constexpr std::size_t max_held_bytes = 1024;
    enum class Step : std::uint8_t { greeting, password, request, done };

    /// One message of the client off the front of client_; `ok` without taking any: more must come.
    ParseStatus read_client() {
        if (client_.empty() || step_ == Step::done) return ParseStatus::ok;
        ByteReader reader(as_bytes(client_));
        const unsigned first = reader.u8();
        if (step_ == Step::greeting && first == 4) return read_request_4(reader);
        if (step_ == Step::password && first == 1) {
            const std::string_view name = as_text(reader.take(reader.u8()));
            (void)reader.take(reader.u8());
            if (!reader.ok()) return ParseStatus::ok;
            user_ = name;
            step_ = Step::request;
            return taken(reader);
        }
        if (first != 5) return malformed("bad_version");
        version_ = 5;
        if (step_ == Step::greeting) {
            (void)reader.take(reader.u8());
            if (!reader.ok()) return ParseStatus::ok;
            step_ = Step::request;
            return taken(reader);
        }
        if (step_ == Step::password) step_ = Step::request;
        const unsigned code = reader.u8();
        reader.skip(1);
        Endpoint endpoint = read_endpoint(reader);
        if (!reader.ok()) return ParseStatus::ok;
        command_ = command_name(code);
        request_ = std::move(endpoint);
        step_ = Step::done;
        return taken(reader);
    }

    /// Version 4: port, address, user, and for addresses 0.0.0.x a name (4a).
    ParseStatus read_request_4(ByteReader& reader) {
        version_ = 4;
        const unsigned code = reader.u8();
        request_.port = reader.u16();
        const std::uint32_t address = reader.u32();
        const std::string_view rest = as_text(reader.rest());
        const std::size_t user_end = rest.find('\0');
        if (!reader.ok() || user_end == std::string_view::npos) return ParseStatus::ok;
        std::size_t end = user_end + 1;
        request_.host = IpAddress::v4(address).to_string();
        if (address != 0 && address < 256) {
            const std::size_t name_end = rest.find('\0', end);
            if (name_end == std::string_view::npos) return ParseStatus::ok;
            request_.host = rest.substr(end, std::min(name_end - end, max_text_bytes));
            end = name_end + 1;
        }
        user_ = rest.substr(0, std::min(user_end, max_text_bytes));
        command_ = command_name(code);
        step_ = Step::done;
        reader.skip(end);
        return taken(reader);
    }

    ParseStatus taken(const ByteReader& reader) {
        client_.erase(0, reader.position());
        return ParseStatus::ok;
    }

    ParseStatus read_server() {
        if (server_.size() < 2) return ParseStatus::ok;
        ByteReader reader(as_bytes(server_));
        const unsigned first = reader.u8();
        if (version_ == 4 || first == 0) {
            const unsigned code = reader.u8();
            const unsigned port = reader.u16();
            const std::uint32_t address = reader.u32();
            if (!reader.ok()) return ParseStatus::ok;
            status_ = code == 90 ? "succeeded" : "general_failure";
            bound_ = {IpAddress::v4(address).to_string(), static_cast<std::uint16_t>(port)};
            return answered(reader, code == 90);
        }
        const unsigned second = reader.u8();
        if (!method_chosen_ || first == 1) {  // method, or the result of the password
            constexpr unsigned by_password = 2;
            if (!method_chosen_ && second == by_password) step_ = Step::password;
            if (!method_chosen_ && second == 0xFF) status_ = "no_acceptable_method";
            if (first == 1 && second != 0) status_ = "authentication_failed";
            method_chosen_ = true;
            server_.erase(0, 2);
            return ParseStatus::ok;
        }
        if (first != 5) return malformed("bad_version");
        reader.skip(1);
        Endpoint endpoint = read_endpoint(reader);
        if (!reader.ok()) return ParseStatus::ok;
        status_ = second < statuses.size() ? statuses[second] : "unknown";
        bound_ = std::move(endpoint);
        return answered(reader, second == 0);
    }

    ParseStatus answered(const ByteReader& reader, bool success) {
        server_.erase(0, reader.position());
        return success ? ParseStatus::upgrade : ParseStatus::stop;
    }

    ParseStatus malformed(std::string_view event) {
        problem_ = {event, client_.size(), max_held_bytes};
        return ParseStatus::malformed;
    }

    std::string client_, server_;  ///< not yet read
    Step step_ = Step::greeting;
    bool method_chosen_ = false;
    unsigned version_ = 0;
    std::string user_, command_, status_;
    Endpoint request_, bound_;
    std::size_t unread_bytes_ = 0;
    ParseProblem problem_;
};

/// A client's first message, whose length must be just what it says.
Probe probe_socks(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    if (direction != flow::Direction::to_server) return Probe::not_mine;
    ByteReader reader(bytes);
    const unsigned first = reader.u8();
    const unsigned second = reader.u8();
    if (!reader.ok()) return first == 4 || first == 5 ? Probe::unsure : Probe::not_mine;
    if (first == 5) {
        const ByteView methods = reader.take(second);
        if (second == 0 || second > 9) return Probe::not_mine;
        if (!reader.ok()) return Probe::unsure;
        const bool sane =
            reader.at_end() && std::all_of(methods.begin(), methods.end(), [](std::byte m) {
                return m <= std::byte{9} || m >= std::byte{0x80};
            });
        const bool sorted =
            methods[0] == std::byte{0} || methods[0] == std::byte{2} || flow.server_port == 1080;
        return sane && sorted ? Probe::mine : Probe::not_mine;
    }
    if (first != 4 || (second != 1 && second != 2)) return Probe::not_mine;
    if (bytes.size() < 9) return Probe::unsure;
    const bool ends = bytes.back() == std::byte{0};
    const bool port = reader.u16() != 0;
    return ends && port && bytes.size() < 300 ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 3> ports = {1080, 9050, 9150};
constexpr std::array<LimitInfo, 1> limits = {{{"names", max_text_bytes, "bytes"}}};
constexpr std::array<std::string_view, 2> references = {"RFC 1928", "RFC 1929"};

}  // namespace

const ProtocolEntry& socks_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "socks",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_socks,
        .limits = limits,
        .references = references,
        .probe = probe_socks,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SocksParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
