// SPDX-License-Identifier: Apache-2.0
//
// SSH: one event per connection with the identification of both sides and, for protocol 2, the
// HASSH of the algorithms they offer. After both offers the connection is soon encrypted, and the
// parser stops.
//
// Source: RFC 4253 sections 4.2, 6 and 7.1; HASSH as published by Salesforce.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_line_bytes = 1024;      ///< RFC 4253 says 255
constexpr std::size_t max_preface_bytes = 8192;   ///< lines a server may send before its banner
constexpr std::size_t max_packet_bytes = 35'000;  ///< RFC 4253 section 6.1
constexpr unsigned message_kexinit = 20;

/// The fields of one side.
struct SideFields {
    const Field& proto_version;
    const Field& software_version;
    const Field& comment;
    const Field& hassh_hash;
    const Field& hassh_string;
};

constexpr Field client_proto{"ssh.client.proto_version", FieldKind::text, "protocol version, 2.0",
                             "EVE"};
constexpr Field client_software{"ssh.client.software_version", FieldKind::text,
                                "software of the client", "EVE"};
constexpr Field client_comment{"ssh.client.comment", FieldKind::text,
                               "what follows the software version"};
constexpr Field client_hassh{"ssh.client.hassh.hash", FieldKind::text,
                             "MD5 of the client's HASSH string", "HASSH"};
constexpr Field client_hassh_string{"ssh.client.hassh.string", FieldKind::text,
                                    "algorithms that the client offers", "HASSH"};
constexpr Field server_proto{"ssh.server.proto_version", FieldKind::text, "protocol version, 2.0",
                             "EVE"};
constexpr Field server_software{"ssh.server.software_version", FieldKind::text,
                                "software of the server", "EVE"};
constexpr Field server_comment{"ssh.server.comment", FieldKind::text,
                               "what follows the software version"};
constexpr Field server_hassh{"ssh.server.hassh.hash", FieldKind::text,
                             "MD5 of the server's HASSH string", "HASSH"};
constexpr Field server_hassh_string{"ssh.server.hassh.string", FieldKind::text,
                                    "algorithms that the server offers", "HASSH"};

constexpr std::array<const Field*, 10> fields_of_ssh = {
    &client_proto, &client_software, &client_comment, &client_hassh, &client_hassh_string,
    &server_proto, &server_software, &server_comment, &server_hassh, &server_hassh_string};

constexpr SideFields client_fields{client_proto, client_software, client_comment, client_hassh,
                                   client_hassh_string};
constexpr SideFields server_fields{server_proto, server_software, server_comment, server_hassh,
                                   server_hassh_string};

/// One side of the connection: its banner line, then its first packet.
class Side {
  public:
    enum class Step : std::uint8_t { need_more, done, malformed, limit };

    explicit Side(bool is_client) : is_client_(is_client) {}

    Step read(ByteView bytes) {
        while (!bytes.empty() && state_ == State::banner) {
            const Step step = read_line(bytes);
            if (step != Step::need_more) return step;
        }
        if (state_ == State::first_packet) return read_packet(bytes);
        return state_ == State::done ? Step::done : Step::need_more;
    }
    void lose() { state_ = State::done; }

    [[nodiscard]] bool done() const { return state_ == State::done; }
    [[nodiscard]] bool has_banner() const { return !proto_.empty(); }
    [[nodiscard]] std::size_t held_bytes() const { return buffer_.capacity() + hassh_.capacity(); }
    [[nodiscard]] ParseProblem problem() const { return problem_; }

    void add_to(Event& event, const SideFields& fields) const {
        if (!has_banner()) return;
        event.add(fields.proto_version, proto_);
        event.add(fields.software_version, software_);
        if (!comment_.empty()) event.add(fields.comment, comment_);
        if (hassh_.empty()) return;
        event.add_copy(fields.hassh_hash, hex_encode(md5(as_bytes(hassh_))));
        event.add(fields.hassh_string, hassh_);
    }

  private:
    enum class State : std::uint8_t { banner, first_packet, done };

    Step read_line(ByteView& bytes) {
        const std::string_view text = as_text(bytes);
        const std::size_t end = text.find('\n');
        const std::size_t taken = std::min(end, text.size());
        if (buffer_.size() + taken > max_line_bytes)
            return fail("line_too_long", buffer_.size() + taken, max_line_bytes, Step::limit);
        buffer_ += text.substr(0, taken);
        bytes = bytes.subspan(std::min(taken + 1, text.size()));
        if (end == std::string_view::npos) return Step::need_more;
        if (buffer_.ends_with('\r')) buffer_.pop_back();
        if (buffer_.starts_with("SSH-")) return read_banner();
        preface_bytes_ += buffer_.size() + 1;
        buffer_.clear();
        if (is_client_) return fail("bad_banner", 0, 0, Step::malformed);
        if (preface_bytes_ > max_preface_bytes)
            return fail("preface_too_long", preface_bytes_, max_preface_bytes, Step::limit);
        return Step::need_more;
    }

    /// "SSH-protoversion-softwareversion SP comments".
    Step read_banner() {
        const std::string_view line = buffer_;
        const std::size_t dash = line.find('-', 4);
        if (dash == std::string_view::npos || dash == 4)
            return fail("bad_banner", line.size(), 0, Step::malformed);
        proto_ = line.substr(4, dash - 4);
        const std::string_view rest = line.substr(dash + 1);
        const std::size_t space = rest.find(' ');
        software_ = rest.substr(0, space);
        if (space != std::string_view::npos) comment_ = rest.substr(space + 1);
        buffer_.clear();
        const bool second_protocol = proto_ == "2.0" || proto_ == "1.99";
        state_ = second_protocol ? State::first_packet : State::done;
        return second_protocol ? Step::need_more : Step::done;
    }

    Step read_packet(ByteView bytes) {
        std::size_t wanted = 4;
        while (!bytes.empty() || buffer_.size() >= wanted) {
            if (buffer_.size() >= 4) {
                const std::size_t length = ByteReader(as_bytes(buffer_)).u32();
                if (length < 2 || length > max_packet_bytes)
                    return fail("packet_too_long", length, max_packet_bytes, Step::limit);
                wanted = 4 + length;
            }
            if (buffer_.size() >= wanted && wanted > 4) return read_kexinit();
            const std::size_t taken = std::min(wanted - buffer_.size(), bytes.size());
            buffer_ += as_text(bytes.first(taken));
            bytes = bytes.subspan(taken);
        }
        return Step::need_more;
    }

    /// SSH_MSG_KEXINIT: cookie and ten lists of names (RFC 4253 section 7.1). HASSH joins key
    /// exchange and the side's own encryption, MAC and compression.
    Step read_kexinit() {
        ByteReader reader(as_bytes(buffer_));
        reader.skip(5);
        const bool kexinit = reader.u8() == message_kexinit;
        reader.skip(16);
        std::array<std::string_view, 8> lists;
        for (std::string_view& list : lists) list = as_text(reader.take(reader.u32()));
        if (kexinit && reader.ok()) {
            const std::size_t own = is_client_ ? 0 : 1;
            for (const std::size_t i : {std::size_t{0}, 2 + own, 4 + own, 6 + own}) {
                if (i != 0) hassh_ += ';';
                hassh_ += lists[i];
            }
        }
        buffer_ = {};
        state_ = State::done;
        return Step::done;
    }

    Step fail(std::string_view name, std::uint64_t observed, std::uint64_t limit, Step step) {
        problem_ = {name, observed, limit};
        return step;
    }

    bool is_client_;
    State state_ = State::banner;
    std::string buffer_;
    std::size_t preface_bytes_ = 0;
    std::string proto_, software_, comment_, hassh_;
    ParseProblem problem_;
};

class SshParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter&) noexcept override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        Side& side = from_client ? client_ : server_;
        if (chunk.gap_bytes > 0) side.lose();
        const Side::Step step = side.done() ? Side::Step::done : side.read(chunk.bytes);
        if (step == Side::Step::malformed || step == Side::Step::limit) {
            problem_ = side.problem();
            return step == Side::Step::limit ? ParseStatus::limit : ParseStatus::malformed;
        }
        return client_.done() && server_.done() ? ParseStatus::stop : ParseStatus::need_more;
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        if (!client_.has_banner() && !server_.has_banner()) return;
        Event& event = out.begin("ssh", flow::Direction::to_server, time);
        client_.add_to(event, client_fields);
        server_.add_to(event, server_fields);
        out.commit();
    }

    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    Side client_{true};
    Side server_{false};
    ParseProblem problem_;
};

bool uses_ssh_port(const flow::FlowInfo& flow) {
    return flow.server_port == 22 || flow.server_port == 2222;
}

/// A banner at the start, or, from a server on a usual port, behind lines of text.
Probe probe_ssh(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::string_view start = "SSH-";
    std::string_view text = as_text(bytes);
    if (direction == flow::Direction::to_client && uses_ssh_port(flow) && !text.starts_with('S')) {
        const std::size_t banner = text.find("\nSSH-");
        if (banner == std::string_view::npos) {
            const bool readable = std::none_of(text.begin(), text.end(), [](char c) {
                return c >= '\0' && c < ' ' && c != '\r' && c != '\n' && c != '\t';
            });
            return readable ? Probe::unsure : Probe::not_mine;
        }
        text.remove_prefix(banner + 1);
    }
    if (text.size() < start.size() + 1)
        return start.starts_with(text.substr(0, start.size())) ? Probe::unsure : Probe::not_mine;
    const bool version = text[4] == '1' || text[4] == '2';
    return text.starts_with(start) && version ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {22, 2222};
constexpr std::array<LimitInfo, 3> limits = {{
    {"line", max_line_bytes, "bytes"},
    {"lines before the server's banner", max_preface_bytes, "bytes"},
    {"packet", max_packet_bytes, "bytes"},
}};
constexpr std::array<std::string_view, 2> references = {"RFC 4253 sections 4.2, 6, 7.1", "HASSH"};

}  // namespace

const ProtocolEntry& ssh_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "ssh",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_ssh,
        .limits = limits,
        .references = references,
        .probe = probe_ssh,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SshParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
