// SPDX-License-Identifier: Apache-2.0
//
// QUIC: one event per connection with what the client's Initial packets say: they are encrypted
// with keys that follow from their own header, and hold the ClientHello, hence the server's name.
// Google's older versions are told by their number alone.
//
// Source: RFC 9000 sections 17.2, 19; RFC 9001 section 5; RFC 9369; RFC 8999; names as in EVE.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "detectors/protocols/datagram_parser.h"
#include "detectors/protocols/quic_crypto.h"
#include "detectors/protocols/tls_hello.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_hello_bytes = 16'384;  ///< of CRYPTO data
constexpr std::size_t max_pieces = 64;           ///< of it that wait for earlier ones
constexpr std::uint32_t max_datagrams = 16;      ///< of the client, without a whole ClientHello
constexpr std::size_t max_connection_id_bytes = 20;
constexpr std::size_t max_alpns = 16;

constexpr Field version{"quic.version", FieldKind::text, "1, 2, draft-29, Q046, …",
                        "EVE; RFC 9000 section 15"};
constexpr Field sni{"quic.sni", FieldKind::text, "server name that the client asks for", "EVE"};
constexpr Field alpns{"quic.client_alpns[]", FieldKind::text, "application protocols offered"};
constexpr Field ja3_hash{"quic.ja3.hash", FieldKind::text, "MD5 of the JA3 string", "EVE"};
constexpr Field ja3_string{"quic.ja3.string", FieldKind::text, "what the client offers", "EVE"};
constexpr Field ja4{"quic.ja4", FieldKind::text, "JA4 fingerprint of the client", "EVE"};

constexpr std::array<const Field*, 6> fields_of_quic = {&version,  &sni,        &alpns,
                                                        &ja3_hash, &ja3_string, &ja4};

/// Google's versions with the long header: "Q046", "T051".
bool is_google_version(std::uint32_t number) {
    const unsigned letter = number >> 24U;
    return (letter == 'Q' || letter == 'T') && (number >> 16U & 0xFFU) == '0';
}

std::string version_text(std::uint32_t number) {
    if (number == quic::version_1) return "1";
    if (number == quic::version_2) return "2";
    if (is_google_version(number)) {
        std::string text;
        for (unsigned shift = 32; shift > 0; shift -= 8)
            text += static_cast<char>(number >> (shift - 8) & 0xFFU);
        return text;
    }
    if ((number >> 8U) == 0xFF0000) return fmt::format("draft-{}", number & 0xFFU);
    return fmt::format("{:#010x}", number);
}

std::uint64_t read_varint(ByteReader& reader) {
    const std::uint64_t first = reader.u8();
    const unsigned more = (1U << (first >> 6U)) - 1;
    std::uint64_t value = first & 0x3FU;
    for (unsigned i = 0; i < more; ++i) value = value << 8U | reader.u8();
    return value;
}

/// A long header, RFC 9000 section 17.2.
struct LongHeader {
    std::uint32_t version = 0;
    ByteView destination;
    bool initial = false;
    std::size_t number_offset = 0;  ///< Initial only
    std::size_t packet_bytes = 0;   ///< Initial only: with what its Length says
};

std::optional<LongHeader> read_long_header(ByteView bytes) {
    ByteReader reader(bytes);
    const unsigned first = reader.u8();
    if ((first & 0x80U) == 0) return std::nullopt;
    LongHeader out;
    out.version = reader.u32();
    if (out.version == 0x51303436) return out;  // Q046 has its lengths otherwise
    const std::size_t destination = reader.u8();
    out.destination = reader.take(destination);
    const std::size_t source = reader.u8();
    reader.skip(source);
    if (!reader.ok() || destination > max_connection_id_bytes || source > max_connection_id_bytes)
        return std::nullopt;
    const unsigned type = first >> 4U & 3U;
    out.initial =
        quic::is_known_version(out.version) && type == (out.version == quic::version_2 ? 1U : 0U);
    if (!out.initial) return out;
    const std::uint64_t token = read_varint(reader);
    if (token > reader.remaining()) return std::nullopt;
    reader.skip(static_cast<std::size_t>(token));
    const std::uint64_t length = read_varint(reader);
    if (!reader.ok() || length > reader.remaining()) return std::nullopt;
    out.number_offset = reader.position();
    out.packet_bytes = reader.position() + static_cast<std::size_t>(length);
    return out;
}

/// CRYPTO data, put together from whatever order it comes in.
class HelloBuffer {
  public:
    /// False: beyond the limits.
    [[nodiscard]] bool add(std::uint64_t offset, ByteView data) {
        if (offset > max_hello_bytes || data.size() > max_hello_bytes - offset) return false;
        if (pieces_.size() >= max_pieces) return false;
        const auto begin = static_cast<std::size_t>(offset);
        if (bytes_.size() < begin + data.size()) bytes_.resize(begin + data.size());
        std::copy(
            data.begin(), data.end(),
            as_writable_bytes(std::span(bytes_)).begin() + static_cast<std::ptrdiff_t>(begin));
        pieces_.emplace_back(begin, begin + data.size());
        std::sort(pieces_.begin(), pieces_.end());
        while (!pieces_.empty() && pieces_.front().first <= whole_bytes_) {
            whole_bytes_ = std::max(whole_bytes_, pieces_.front().second);
            pieces_.erase(pieces_.begin());
        }
        return true;
    }
    /// The body of the ClientHello once all of it has come.
    [[nodiscard]] std::optional<ByteView> hello() const {
        ByteReader reader(as_bytes(std::string_view(bytes_).substr(0, whole_bytes_)));
        constexpr unsigned client_hello = 1;
        const unsigned type = reader.u8();
        const std::size_t length = reader.u24();
        const ByteView body = reader.take(length);
        if (!reader.ok() || type != client_hello) return std::nullopt;
        return body;
    }
    [[nodiscard]] std::size_t held_bytes() const { return bytes_.capacity(); }

  private:
    std::string bytes_;
    std::size_t whole_bytes_ = 0;
    std::vector<std::pair<std::size_t, std::size_t>> pieces_;  ///< beyond whole_bytes_
};

class QuicParser final : public DatagramParser {
  public:
    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        time_ = datagram.time;
        ByteView bytes = datagram.bytes;
        const bool from_client = datagram.direction == flow::Direction::to_server;
        if (from_client && ++datagrams_ > max_datagrams) return ParseStatus::stop;
        while (const std::optional<LongHeader> header = read_long_header(bytes)) {
            if (header->version != 0 && version_ == 0) version_ = header->version;
            if (is_google_version(header->version)) return ParseStatus::stop;
            if (!header->initial || !from_client) return ParseStatus::ok;
            const std::optional<std::string> payload = open(*header, bytes);
            if (payload && !read_frames(as_bytes(*payload))) {
                out.anomaly({"hello_too_long", 0, max_hello_bytes}, datagram.direction,
                            datagram.time);
                return ParseStatus::stop;
            }
            if (const std::optional<ByteView> body = hello_.hello()) {
                client_ = tls::read_client_hello(*body);
                return ParseStatus::stop;
            }
            bytes = bytes.subspan(header->packet_bytes);  // coalesced packets
        }
        return ParseStatus::ok;
    }

    void finish(Timestamp, EventEmitter& out) noexcept override {
        if (version_ == 0) return;
        Event& event = out.begin("quic", flow::Direction::to_server, time_);
        event.add_copy(version, version_text(version_));
        if (client_) {
            if (client_->sni) event.add(sni, *client_->sni);
            for (std::size_t i = 0; i < std::min(client_->alpns.size(), max_alpns); ++i)
                event.add(alpns, client_->alpns[i], i);
            const std::string text = tls::ja3_text(*client_);
            event.add_copy(ja3_hash, tls::md5_hex(text));
            event.add_copy(ja3_string, text);
            event.add_copy(ja4, "q" + tls::ja4(*client_).substr(1));
        }
        out.commit();
    }
    std::size_t held_bytes() const noexcept override { return sizeof(*this) + hello_.held_bytes(); }

  private:
    /// With the keys in use, else with those of this packet: after a Retry they are new.
    std::optional<std::string> open(const LongHeader& header, ByteView bytes) {
        const ByteView packet = bytes.first(header.packet_bytes);
        if (keys_)
            if (auto payload = quic::open_initial(*keys_, packet, header.number_offset))
                return payload;
        for (const std::uint32_t sealed_as : {header.version, quic::version_1}) {
            const quic::InitialKeys keys = quic::client_initial_keys(sealed_as, header.destination);
            auto payload = quic::open_initial(keys, packet, header.number_offset);
            if (!payload) continue;
            keys_ = keys;
            return payload;
        }
        return std::nullopt;
    }

    /// Collects CRYPTO frames; false: too much of them. Source: RFC 9000 section 19.
    bool read_frames(ByteView payload) {
        constexpr std::uint64_t padding = 0, ping = 1, ack = 2, ack_ecn = 3, crypto = 6;
        ByteReader reader(payload);
        while (reader.ok() && !reader.at_end()) {
            const std::uint64_t type = read_varint(reader);
            if (type == padding || type == ping) continue;
            if (type == crypto) {
                const std::uint64_t offset = read_varint(reader);
                const std::uint64_t length = read_varint(reader);
                if (length > reader.remaining()) return true;
                if (!hello_.add(offset, reader.take(static_cast<std::size_t>(length))))
                    return false;
            } else if (type == ack || type == ack_ecn) {
                (void)read_varint(reader);
                (void)read_varint(reader);
                std::uint64_t ranges = read_varint(reader);
                (void)read_varint(reader);
                for (; ranges > 0 && reader.ok(); --ranges) {
                    (void)read_varint(reader);
                    (void)read_varint(reader);
                }
                if (type == ack_ecn)
                    for (int i = 0; i < 3; ++i) (void)read_varint(reader);
            } else {
                return true;  // CONNECTION_CLOSE, or what must not be here
            }
        }
        return true;
    }

    std::uint32_t version_ = 0;
    std::uint32_t datagrams_ = 0;
    std::optional<quic::InitialKeys> keys_;
    HelloBuffer hello_;
    std::optional<tls::ClientHello> client_;
    Timestamp time_;
};

/// A long header with a version that somebody speaks, and lengths in keeping.
Probe probe_quic(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    const std::optional<LongHeader> header = read_long_header(bytes);
    if (!header) return Probe::not_mine;
    const bool known =
        quic::is_known_version(header->version) || is_google_version(header->version);
    return known && bytes.size() >= 32 ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 3> ports = {443, 80, 853};
constexpr std::array<LimitInfo, 3> limits = {
    {{"ClientHello", max_hello_bytes, "bytes"},
     {"pieces of it that wait", max_pieces, "pieces"},
     {"datagrams without one", max_datagrams, "datagrams"}}};
constexpr std::array<std::string_view, 3> references = {"RFC 9000 sections 17.2, 19",
                                                        "RFC 9001 section 5", "RFC 9369"};

}  // namespace

const ProtocolEntry& quic_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "quic",
        .transport = Transport::udp,
        .ports = ports,
        .fields = fields_of_quic,
        .limits = limits,
        .references = references,
        .probe = probe_quic,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<QuicParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
