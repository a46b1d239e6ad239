// SPDX-License-Identifier: Apache-2.0
//
// TLS over TCP: one event per handshake, as soon as all that can be read of it was: after the
// server's certificate (up to TLS 1.2), after its hello (TLS 1.3, resumption), or at the end when
// nobody answered. Then the connection is encrypted and the parser stops. Not DTLS, not QUIC.
//
// Source: RFC 8446, RFC 5246.
#include <array>
#include <optional>
#include <string>

#include "detectors/event/content_fields.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/tls_hello.h"
#include "detectors/protocols/tls_records.h"
#include "detectors/protocols/x509_summary.h"

namespace persandian::protocols {
namespace {

using tls::RecordStep;

constexpr Field sni{"tls.sni", FieldKind::text, "server name that the client asks for", "EVE"};
constexpr Field version{"tls.version", FieldKind::text,
                        "version agreed on: TLS 1.3, TLS 1.2, TLS 1.1, TLSv1, SSLv3, SSLv2", "EVE"};
constexpr Field subject{"tls.subject", FieldKind::text, "subject of the server's certificate",
                        "EVE"};
constexpr Field issuerdn{"tls.issuerdn", FieldKind::text, "issuer of the server's certificate",
                         "EVE"};
constexpr Field serial{"tls.serial", FieldKind::text, "serial number of the certificate, 0A:1B",
                       "EVE"};
constexpr Field fingerprint{"tls.fingerprint", FieldKind::text, "SHA-1 of the certificate, 0a:1b",
                            "EVE"};
constexpr Field notbefore{"tls.notbefore", FieldKind::text, "start of validity, UTC", "EVE"};
constexpr Field notafter{"tls.notafter", FieldKind::text, "end of validity, UTC", "EVE"};
constexpr Field expired{"tls.certificate_expired", FieldKind::boolean,
                        "its validity had ended when it was shown; absent when not"};
constexpr Field subjectaltname{"tls.subjectaltname[]", FieldKind::text,
                               "host names in the certificate", "EVE"};
constexpr Field session_resumed{"tls.session_resumed", FieldKind::boolean,
                                "an earlier session goes on; absent when not", "EVE"};
constexpr Field ja3_hash{"tls.ja3.hash", FieldKind::text, "MD5 of the JA3 string", "JA3"};
constexpr Field ja3_string{"tls.ja3.string", FieldKind::text, "what the client offers", "JA3"};
constexpr Field ja3s_hash{"tls.ja3s.hash", FieldKind::text, "MD5 of the JA3S string", "JA3"};
constexpr Field ja3s_string{"tls.ja3s.string", FieldKind::text, "what the server chose", "JA3"};
constexpr Field ja4{"tls.ja4", FieldKind::text, "JA4 fingerprint of the client", "JA4"};
constexpr Field client_alpns{"tls.client_alpns[]", FieldKind::text,
                             "application protocols that the client offers", "EVE"};
constexpr Field server_alpns{"tls.server_alpns[]", FieldKind::text,
                             "application protocol that the server chose", "EVE"};
constexpr Field cipher_suite{"tls.cipher_suite", FieldKind::text,
                             "cipher suite that the server chose, IANA name or 0x number"};

constexpr std::array<const Field*, 20> fields_of_tls = {
    &sni,          &version,      &subject,      &issuerdn,       &serial,
    &fingerprint,  &notbefore,    &notafter,     &subjectaltname, &session_resumed,
    &ja3_hash,     &ja3_string,   &ja3s_hash,    &ja3s_string,    &ja4,
    &client_alpns, &server_alpns, &cipher_suite, &expired,        &fields::tls_certificate};

constexpr std::uint16_t tls_1_3 = 0x0304;
constexpr std::uint16_t ssl_2 = 0x0002;
constexpr std::size_t max_alpns = 32;

flow::Direction opposite(flow::Direction direction) {
    return direction == flow::Direction::to_server ? flow::Direction::to_client
                                                   : flow::Direction::to_server;
}

class TlsParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        Side& side = sides_[chunk.direction == flow::Direction::to_server ? 0 : 1];
        if (chunk.gap_bytes > 0) side.lost = true;
        if (side.lost) return after_loss(chunk.direction);
        ByteView bytes = chunk.bytes;
        for (;;) {
            const RecordStep step = side.records.step(bytes);
            switch (step) {
                case RecordStep::need_more:
                    return ParseStatus::need_more;
                case RecordStep::malformed:
                    problem_ = {"bad_record", side.records.observed(), tls::max_record_bytes};
                    return ParseStatus::malformed;
                case RecordStep::limit:
                    problem_ = {"handshake_message_too_long", side.records.observed(),
                                tls::max_handshake_bytes};
                    return ParseStatus::limit;
                default:
                    if (on_step(step, side.records, chunk, out)) return ParseStatus::stop;
            }
        }
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        if (!client_ && !server_ && !ssl2_ && !certificate_) return;
        Event& event = out.begin("tls", client_direction_, time);
        add_fields(event);
        out.commit();
    }

    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t kept_bytes = 4_KiB;  // of what the messages said
        return sizeof(*this) + kept_bytes + sides_[0].records.held_bytes() +
               sides_[1].records.held_bytes();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    struct Side {
        tls::RecordReader records;
        bool lost = false;
    };

    /// Without its bytes nothing more is to be had of a side: of the server's, that is all.
    ParseStatus after_loss(flow::Direction direction) const {
        const bool server_side = direction != client_direction_;
        const bool both = sides_[0].lost && sides_[1].lost;
        return server_side || both ? ParseStatus::stop : ParseStatus::ok;
    }

    /// True: nothing more can be read; finish() tells what is known.
    bool on_step(RecordStep step, const tls::RecordReader& records, const flow::StreamChunk& chunk,
                 EventEmitter& out) {
        const bool from_client = chunk.direction == client_direction_;
        switch (step) {
            case RecordStep::ssl2_client_hello:
                client_direction_ = chunk.direction;
                ssl2_ = ssl2_ || records.message_version() == ssl_2;
                return false;
            case RecordStep::ssl2_server_hello:
                client_direction_ = opposite(chunk.direction);
                ssl2_ = true;
                return true;
            case RecordStep::change_cipher:
                if (!from_client && server_) resumed_ = true;
                return !from_client && server_.has_value();
            case RecordStep::application_data:  // the client's may come early, with its hello
                return !from_client || !client_;
            case RecordStep::message:
                return on_message(records, chunk, out);
            default:
                return false;
        }
    }

    bool on_message(const tls::RecordReader& records, const flow::StreamChunk& chunk,
                    EventEmitter& out) {
        switch (records.message_type()) {
            case tls::client_hello:
                client_direction_ = chunk.direction;
                if (client_) return false;  // the second one, after a retry request
                client_ = tls::read_client_hello(records.message_body());
                if (!client_) out.anomaly({"bad_client_hello"}, chunk.direction, chunk.time);
                return false;
            case tls::server_hello: {
                client_direction_ = opposite(chunk.direction);
                auto hello = tls::read_server_hello(records.message_body());
                if (!hello) out.anomaly({"bad_server_hello"}, chunk.direction, chunk.time);
                if (!hello || hello->is_retry_request) return false;
                server_ = std::move(hello);
                return server_->agreed_version() >= tls_1_3;
            }
            case tls::certificate:
                if (chunk.direction == client_direction_) return false;
                read_certificate(records.message_body(), chunk, out);
                return true;
            default:
                // the server's next message comes where its certificate would have been
                return chunk.direction != client_direction_ && server_.has_value();
        }
    }

    /// Certificate of RFC 5246 section 7.4.2: only the first, the server's own, is looked at.
    void read_certificate(ByteView body, const flow::StreamChunk& chunk, EventEmitter& out) {
        ByteReader reader(body);
        ByteReader list(reader.take(reader.u24()));
        if (list.at_end() && reader.ok()) return;  // none: anonymous
        const ByteView der = list.take(list.u24());
        certificate_ = list.ok() ? tls::summarise_certificate(der) : std::nullopt;
        if (out.wants(fields::tls_certificate)) certificate_der_ = as_text(der);
        if (!certificate_) out.anomaly({"bad_certificate"}, chunk.direction, chunk.time);
    }

    void add_fields(Event& event) const {
        if (client_ && client_->sni) event.add(sni, *client_->sni);
        if (server_) {
            event.add_copy(version, tls::version_name(server_->agreed_version()));
            event.add_copy(cipher_suite, tls::cipher_name(server_->cipher));
        } else if (ssl2_) {
            event.add(version, "SSLv2");
        }
        if (certificate_) add_certificate(event);
        if (resumed_ && !certificate_) event.add(session_resumed, Value::boolean(true));
        if (client_) {
            const std::string text = tls::ja3_text(*client_);
            event.add_copy(ja3_hash, tls::md5_hex(text));
            event.add_copy(ja3_string, text);
        }
        if (server_) {
            const std::string text = tls::ja3s_text(*server_);
            event.add_copy(ja3s_hash, tls::md5_hex(text));
            event.add_copy(ja3s_string, text);
        }
        if (client_) {
            event.add_copy(ja4, tls::ja4(*client_));
            add_list(event, client_alpns, client_->alpns, max_alpns);
        }
        if (server_) add_list(event, server_alpns, server_->alpns, max_alpns);
    }

    void add_certificate(Event& event) const {
        if (!certificate_der_.empty())
            event.add(fields::tls_certificate, Value::bytes(certificate_der_));
        event.add(subject, certificate_->subject);
        event.add(issuerdn, certificate_->issuer);
        event.add(serial, certificate_->serial);
        event.add(fingerprint, certificate_->fingerprint);
        if (!certificate_->not_before.empty()) event.add(notbefore, certificate_->not_before);
        if (!certificate_->not_after.empty()) event.add(notafter, certificate_->not_after);
        const std::string& end = certificate_->not_after;
        const std::string shown = format_eve(event.time()).substr(0, end.size());
        if (!end.empty() && end < shown) event.add(expired, Value::boolean(true));
        add_list(event, subjectaltname, certificate_->dns_names, tls::max_dns_names);
    }

    static void add_list(Event& event, const Field& field, const std::vector<std::string>& texts,
                         std::size_t most) {
        for (std::size_t i = 0; i < texts.size() && i < most; ++i) event.add(field, texts[i], i);
    }

    std::array<Side, 2> sides_;
    flow::Direction client_direction_ = flow::Direction::to_server;
    std::optional<tls::ClientHello> client_;
    std::optional<tls::ServerHello> server_;
    std::optional<tls::CertificateSummary> certificate_;
    std::string certificate_der_;  ///< when a rule reads it
    bool resumed_ = false;
    bool ssl2_ = false;
    ParseProblem problem_;
};

/// CLIENT-HELLO of SSL 2.0: its three lengths must add up to the record's.
Probe probe_ssl2(ByteReader reader) {
    const std::size_t length = reader.u16() & 0x7FFFU;
    const unsigned type = reader.u8();
    if (reader.ok() && type != 1) return Probe::not_mine;
    const unsigned hello_version = reader.u16();
    if (reader.ok() && hello_version != ssl_2 && (hello_version >> 8U) != 3) return Probe::not_mine;
    const std::size_t ciphers = reader.u16();
    const std::size_t session = reader.u16();
    const std::size_t challenge = reader.u16();
    if (!reader.ok()) return Probe::unsure;
    const bool adds_up = ciphers % 3 == 0 && 9 + ciphers + session + challenge == length;
    return adds_up ? Probe::mine : Probe::not_mine;
}

/// A record header, and in it the first message that can be there.
Probe probe_tls(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    ByteReader reader(bytes);
    const unsigned type = reader.u8();
    if (!reader.ok()) return Probe::unsure;
    if ((type & 0x80U) != 0) return probe_ssl2(ByteReader(bytes));
    if (type < 20 || type > 23) return Probe::not_mine;
    const unsigned major = reader.u8();
    if (reader.ok() && major != 3) return Probe::not_mine;
    const unsigned minor = reader.u8();
    if (reader.ok() && minor > 4) return Probe::not_mine;
    const std::size_t length = reader.u16();
    if (reader.ok() && (length == 0 || length > tls::max_record_bytes)) return Probe::not_mine;
    const unsigned first = reader.u8();
    if (!reader.ok()) return Probe::unsure;
    switch (type) {
        case 20:
            return length == 1 && first == 1 ? Probe::mine : Probe::not_mine;
        case 21:
            return length == 2 && (first == 1 || first == 2) ? Probe::mine : Probe::not_mine;
        case 22:
            return first <= 2 || first == 11 ? Probe::mine : Probe::not_mine;
        default:
            return Probe::mine;
    }
}

/// A record with the start of a ClientHello or ServerHello, all lengths in keeping.
bool begins_hello(ByteView bytes) noexcept {
    ByteReader reader(bytes);
    const bool handshake = reader.u8() == 22 && reader.u8() == 3 && reader.u8() <= 4;
    const std::size_t record = reader.u16();
    const unsigned type = reader.u8();
    const bool hello = type == tls::client_hello || type == tls::server_hello;
    const std::size_t message = reader.u24();
    const bool hello_version = reader.u8() == 3 && reader.u8() <= 4;
    reader.skip(32);  // random
    const std::size_t session = reader.u8();
    const bool fits = record >= 4 && record <= tls::max_record_bytes && message >= 38 &&
                      message <= tls::max_handshake_bytes && session <= 32;
    return reader.ok() && handshake && hello && hello_version && fits;
}

constexpr std::array<std::uint16_t, 7> ports = {443, 465, 636, 853, 993, 995, 8443};
constexpr std::array<LimitInfo, 6> limits = {{
    {"record", tls::max_record_bytes, "bytes"},
    {"handshake message", tls::max_handshake_bytes, "bytes"},
    {"application protocols shown", max_alpns, "names"},
    {"attributes of a certificate's name", tls::max_name_attributes, "attributes"},
    {"name in a certificate", tls::max_name_bytes, "bytes"},
    {"host names of a certificate", tls::max_dns_names, "names"},
}};
constexpr std::array<std::string_view, 6> references = {"RFC 8446",
                                                        "RFC 5246",
                                                        "RFC 6066 section 3",
                                                        "RFC 7301",
                                                        "RFC 5280 section 4.1",
                                                        "FoxIO technical_details/JA4.md"};

}  // namespace

const ProtocolEntry& tls_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "tls",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_tls,
        .limits = limits,
        .references = references,
        .probe = probe_tls,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<TlsParser>(); },
        .begins_inside = begins_hello,
    };
    return entry;
}

}  // namespace persandian::protocols
