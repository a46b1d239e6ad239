// SPDX-License-Identifier: Apache-2.0
//
// SIP over UDP and TCP: one event per request or response, with who calls whom and with what
// software, so that scanners and floods of REGISTER can be counted. Bodies (SDP) are read over.
//
// Source: RFC 3261 sections 7, 7.3.3 (short names of headers), 18.3 (framing); names as in EVE.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"
#include "detectors/protocols/text_scan.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_line_bytes = 4096;  ///< longer lines are cut
constexpr std::size_t max_headers = 256;      ///< of a message, then `limit`
constexpr std::uint64_t max_body_bytes = 1U << 20U;
constexpr std::string_view version_2 = "SIP/2.0";

constexpr Field method{"sip.method", FieldKind::text, "method of the request",
                       "EVE; RFC 3261 section 7.1"};
constexpr Field uri{"sip.uri", FieldKind::text, "Request-URI", "EVE"};
constexpr Field version{"sip.version", FieldKind::text, "SIP/2.0", "EVE"};
constexpr Field request_line{"sip.request_line", FieldKind::text, "first line of a request", "EVE"};
constexpr Field code{"sip.code", FieldKind::text, "status code of the response",
                     "EVE; RFC 3261 section 7.2"};
constexpr Field reason{"sip.reason", FieldKind::text, "words after the status code", "EVE"};
constexpr Field response_line{"sip.response_line", FieldKind::text, "first line of a response",
                              "EVE"};
constexpr Field from{"sip.from", FieldKind::text, "From header: who calls or registers"};
constexpr Field to{"sip.to", FieldKind::text, "To header: who is called"};
constexpr Field call_id{"sip.call_id", FieldKind::text, "Call-ID header"};
constexpr Field cseq{"sip.cseq", FieldKind::text, "CSeq header: number and method"};
constexpr Field user_agent{"sip.user_agent", FieldKind::text,
                           "User-Agent header: software of who asks"};
constexpr Field server_header{"sip.server", FieldKind::text,
                              "Server header: software of who answers"};
constexpr Field contact{"sip.contact", FieldKind::text, "first Contact header"};
constexpr Field content_type{"sip.content_type", FieldKind::text, "Content-Type header"};

constexpr std::array<const Field*, 15> fields_of_sip = {
    &server_header, &method, &uri,           &version, &request_line,
    &code,          &reason, &response_line, &from,    &to,
    &call_id,       &cseq,   &user_agent,    &contact, &content_type};

/// A header that has a field of its own: long name in lower case, and its short one.
struct HeaderField {
    std::string_view name;
    char short_name;
    const Field& field;
};
constexpr std::array<HeaderField, 8> header_fields = {{
    {"from", 'f', from},
    {"to", 't', to},
    {"call-id", 'i', call_id},
    {"cseq", 0, cseq},
    {"user-agent", 0, user_agent},
    {"server", 0, server_header},
    {"contact", 'm', contact},
    {"content-type", 'c', content_type},
}};

/// "sip:user:password@host" without the password, RFC 3261 section 19.1.1; texts without one as
/// they are.
std::string without_password(std::string_view text) {
    const std::size_t scheme = text.find("sip");
    const std::size_t user = scheme == std::string_view::npos ? scheme : text.find(':', scheme);
    const std::size_t at = user == std::string_view::npos ? user : text.find('@', user);
    if (at == std::string_view::npos) return std::string(text);
    const std::size_t colon = text.find(':', user + 1);
    if (colon >= at) return std::string(text);
    return std::string(text.substr(0, colon)) + std::string(text.substr(at));
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
    });
}

bool is_response_line(std::string_view line) {
    return line.size() >= 11 && line.starts_with(version_2) && line[7] == ' ' &&
           std::all_of(line.begin() + 8, line.begin() + 11,
                       [](char c) { return c >= '0' && c <= '9'; });
}

/// "METHOD uri SIP/2.0".
bool is_request_line(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::size_t last = line.rfind(' ');
    return space != std::string_view::npos && last > space && line.substr(last + 1) == version_2 &&
           is_token(line.substr(0, space)) && line.find(':', space) < last;
}

/// A message as far as its head was read. Lines that are kept are copied.
class Message {
  public:
    /// False: the line begins no message.
    bool start(std::string_view line) {
        if (!is_request_line(line) && !is_response_line(line)) return false;
        *this = {};
        first_line_ = without_password(line);
        return true;
    }
    [[nodiscard]] bool has_started() const { return !first_line_.empty(); }

    void add_header(std::string_view line) {
        ++headers_;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return;
        const std::string_view name = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (is_named(name, "content-length", 'l')) return read_length(value);
        for (std::size_t i = 0; i < header_fields.size(); ++i)
            if (is_named(name, header_fields[i].name, header_fields[i].short_name) &&
                values_[i].empty())
                values_[i] = without_password(value);
    }
    [[nodiscard]] std::size_t headers() const { return headers_; }
    [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
    [[nodiscard]] std::size_t held_bytes() const {
        std::size_t bytes = first_line_.capacity();
        for (const std::string& value : values_) bytes += value.capacity();
        return bytes;
    }

    void emit(flow::Direction direction, Timestamp time, EventEmitter& out) const {
        Event& event = out.begin("sip", direction, time);
        const std::string_view line = first_line_;
        if (is_response_line(line)) {
            event.add(version, version_2);
            event.add(code, line.substr(8, 3));
            event.add(reason, trimmed(line.substr(11)));
            event.add(response_line, line);
        } else {
            const std::size_t space = line.find(' ');
            event.add(method, line.substr(0, space));
            event.add(uri, trimmed(line.substr(space, line.rfind(' ') - space)));
            event.add(version, version_2);
            event.add(request_line, line);
        }
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (!values_[i].empty()) event.add(header_fields[i].field, values_[i]);
        out.commit();
    }

  private:
    static bool is_named(std::string_view name, std::string_view known, char short_name) {
        if (name.size() == 1) return short_name != 0 && ascii_lower(name[0]) == short_name;
        return equals_ignoring_case(name, known);
    }
    void read_length(std::string_view value) {
        std::from_chars(value.data(), value.data() + value.size(), body_bytes_);
    }

    std::string first_line_;
    std::array<std::string, header_fields.size()> values_;
    std::size_t headers_ = 0;
    std::uint64_t body_bytes_ = 0;
};

/// One direction of a TCP connection.
class Side {
  public:
    [[nodiscard]] ParseStatus read(ByteView bytes, const flow::StreamChunk& chunk,
                                   EventEmitter& out, ParseProblem& problem) {
        while (!bytes.empty()) {
            if (left_bytes_ > 0) {
                const auto taken =
                    static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes_, bytes.size()));
                bytes = bytes.subspan(taken);
                left_bytes_ -= taken;
                continue;
            }
            const std::optional<std::string_view> line = lines_.next(bytes);
            if (!line) break;
            if (!message_.has_started()) {
                if (line->empty()) continue;  // keep-alive, RFC 5626 section 3.5.1
                if (message_.start(*line)) continue;
                problem = {"not_sip", line->size(), 0};
                return ParseStatus::malformed;
            }
            if (!line->empty()) {
                message_.add_header(*line);
                if (message_.headers() <= max_headers) continue;
                problem = {"too_many_headers", message_.headers(), max_headers};
                return ParseStatus::limit;
            }
            message_.emit(chunk.direction, chunk.time, out);
            left_bytes_ = message_.body_bytes();
            message_ = {};
            if (left_bytes_ <= max_body_bytes) continue;
            problem = {"body_too_long", left_bytes_, max_body_bytes};
            return ParseStatus::limit;
        }
        return ParseStatus::need_more;
    }
    [[nodiscard]] std::size_t held_bytes() const {
        return lines_.held_bytes() + message_.held_bytes();
    }

  private:
    LineBuffer lines_{max_line_bytes};
    Message message_;
    std::uint64_t left_bytes_ = 0;  ///< of a body
};

class SipParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        return (from_client ? client_ : server_).read(chunk.bytes, chunk, out, problem_);
    }

    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        LineBuffer lines(max_line_bytes);
        ByteView bytes = datagram.bytes;
        if (as_text(bytes).find_first_not_of(std::string_view("\r\n\0 ", 4)) ==
            std::string_view::npos)
            return ParseStatus::ok;  // keep-alive
        Message message;
        while (const std::optional<std::string_view> line = lines.next(bytes)) {
            if (message.has_started() && line->empty()) break;
            if (message.has_started()) {
                if (message.headers() < max_headers) message.add_header(*line);
            } else if (!line->empty() && !message.start(*line)) {
                break;
            }
        }
        if (!message.has_started()) {
            problem_ = {"not_sip", datagram.bytes.size(), 0};
            return ParseStatus::malformed;
        }
        message.emit(datagram.direction, datagram.time, out);
        return ParseStatus::ok;
    }

    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    Side client_;
    Side server_;
    ParseProblem problem_;
};

/// By the whole first line; while it is not whole, by what it begins with.
Probe probe_sip(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::uint8_t ip_udp = 17;
    std::string_view text = as_text(bytes);
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    const std::size_t end = text.find('\n');
    if (end != std::string_view::npos) {
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return is_request_line(line) || is_response_line(line) ? Probe::mine : Probe::not_mine;
    }
    if (flow.ip_protocol == ip_udp && !text.empty()) return Probe::not_mine;
    const std::string_view start = text.substr(0, text.find(' '));
    if (start.size() < text.size() && start != version_2 && !is_token(start))
        return Probe::not_mine;
    const bool possible = is_token(start) || version_2.starts_with(start) || start == version_2;
    return text.empty() || possible ? Probe::unsure : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {5060, 5080};
constexpr std::array<LimitInfo, 3> limits = {{{"line", max_line_bytes, "bytes"},
                                              {"headers of a message", max_headers, "headers"},
                                              {"body over TCP", max_body_bytes, "bytes"}}};
constexpr std::array<std::string_view, 1> references = {"RFC 3261 sections 7, 18.3"};

}  // namespace

const ProtocolEntry& sip_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "sip",
        .transport = Transport::tcp_and_udp,
        .ports = ports,
        .fields = fields_of_sip,
        .limits = limits,
        .references = references,
        .probe = probe_sip,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SipParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
