// SPDX-License-Identifier: Apache-2.0
//
// Kerberos over UDP and TCP: one event per request to the KDC with its reply. Says what attacks on
// accounts show: tickets encrypted with RC4 (Kerberoasting), replies without pre-authentication
// (AS-REP roasting), unknown names and wrong passwords by their error codes.
//
// Source: RFC 4120 sections 5.4, 5.9.1, 7.2 and 7.5; names as EVE's krb5.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/protocols/ber_reader.h"
#include "detectors/protocols/krb5_message.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

using krb5::as_rep;
using krb5::as_req;
using krb5::is_weak;
using krb5::krb_error;
using krb5::max_etypes;
using krb5::max_name_bytes;
using krb5::Message;
using krb5::message_name;
using krb5::read_message;
using krb5::tgs_rep;
using krb5::tgs_req;

constexpr std::size_t max_message_bytes = 65'536;
constexpr std::size_t max_pending = 8;  ///< requests that wait for their replies

constexpr Field msg_type{"krb5.msg_type", FieldKind::text,
                         "KRB_AS_REP, KRB_TGS_REP or KRB_ERROR; of a request without reply its own",
                         "EVE; RFC 4120 section 7.5.7"};
constexpr Field request_type{"krb5.request_type", FieldKind::text,
                             "AS (a log-in) or TGS (a ticket for a service)", "Zeek"};
constexpr Field failed_request{"krb5.failed_request", FieldKind::text,
                               "with KRB_ERROR: KRB_AS_REQ or KRB_TGS_REQ", "EVE"};
constexpr Field error_code{"krb5.error_code", FieldKind::text,
                           "name of the error, else its number: C_PRINCIPAL_UNKNOWN, "
                           "PREAUTH_FAILED, PREAUTH_REQUIRED",
                           "EVE; RFC 4120 section 7.5.9"};
constexpr Field cname{"krb5.cname", FieldKind::text, "who asks", "EVE"};
constexpr Field realm{"krb5.realm", FieldKind::text, "realm of who asks", "EVE"};
constexpr Field sname{"krb5.sname", FieldKind::text, "service the ticket is for", "EVE"};
constexpr Field encryption{"krb5.encryption", FieldKind::text,
                           "how the reply to the client is encrypted", "EVE; RFC 3961 section 8"};
constexpr Field weak_encryption{"krb5.weak_encryption", FieldKind::boolean, "that is DES or RC4",
                                "EVE"};
constexpr Field ticket_encryption{"krb5.ticket_encryption", FieldKind::text,
                                  "how the ticket is encrypted", "EVE"};
constexpr Field ticket_weak_encryption{"krb5.ticket_weak_encryption", FieldKind::boolean,
                                       "that is DES or RC4: its password can be guessed offline",
                                       "EVE"};
constexpr Field offered{"krb5.requested_encryption[]", FieldKind::text,
                        "encryption the client offers, in its order"};
constexpr Field preauth{"krb5.preauth", FieldKind::boolean,
                        "the AS request has an encrypted timestamp or another proof"};

constexpr std::array<const Field*, 13> fields_of_krb5 = {&request_type,
                                                         &msg_type,
                                                         &failed_request,
                                                         &error_code,
                                                         &cname,
                                                         &realm,
                                                         &sname,
                                                         &encryption,
                                                         &weak_encryption,
                                                         &ticket_encryption,
                                                         &ticket_weak_encryption,
                                                         &offered,
                                                         &preauth};

class KerberosParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        constexpr std::size_t length_bytes = 4;
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        ByteView bytes = chunk.bytes;
        while (const std::optional<ByteView> head = buffer.peek(length_bytes, bytes)) {
            const std::size_t length = ByteReader(*head).u32();
            if (length > max_message_bytes) {
                problem_ = {"message_too_long", length, max_message_bytes};
                return ParseStatus::limit;
            }
            const std::optional<ByteView> message = buffer.take(length_bytes + length, bytes);
            if (!message) break;
            const ParseStatus status = take(message->subspan(length_bytes), chunk.time, out);
            if (status != ParseStatus::ok) return status;
        }
        return ParseStatus::need_more;
    }

    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        if (datagram.truncated) return ParseStatus::ok;
        return take(datagram.bytes, datagram.time, out);
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) emit(nullptr, time, out);
    }
    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t of_request = sizeof(Message) + 256;
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               pending_.size() * of_request;
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    ParseStatus take(ByteView bytes, Timestamp time, EventEmitter& out) {
        std::optional<Message> message = read_message(bytes);
        if (!message) {
            problem_ = {"bad_message", bytes.size(), 0};
            return ParseStatus::malformed;
        }
        if (message->type != as_req && message->type != tgs_req) {
            emit(&*message, time, out);
            return ParseStatus::ok;
        }
        if (pending_.size() >= max_pending) emit(nullptr, time, out);
        pending_.push_back(std::move(*message));
        return ParseStatus::ok;
    }

    /// The oldest request with its reply; either may be missing.
    void emit(const Message* reply, Timestamp time, EventEmitter& out) {
        const Message* const request = pending_.empty() ? nullptr : &pending_.front();
        Event& event = out.begin("krb5", flow::Direction::to_server, time);
        const Message& told = reply != nullptr ? *reply : *request;
        event.add(msg_type, message_name(told.type));
        const unsigned kind = request != nullptr ? request->type : told.type;
        if (kind != krb_error)
            event.add(request_type, kind == as_req || kind == as_rep ? "AS" : "TGS");
        if (told.type == krb_error) {
            if (request != nullptr) event.add(failed_request, message_name(request->type));
            event.add_copy(error_code, krb5::error_name(told.error));
        }
        add_name(event, cname, told.cname, request != nullptr ? request->cname : "");
        add_name(event, realm, told.realm, request != nullptr ? request->realm : "");
        add_name(event, sname, told.sname, request != nullptr ? request->sname : "");
        add_etype(event, encryption, weak_encryption, told.reply_etype);
        add_etype(event, ticket_encryption, ticket_weak_encryption, told.ticket_etype);
        if (request != nullptr) {
            for (std::size_t i = 0; i < request->etypes.size(); ++i)
                event.add_copy(offered, krb5::encryption_name(request->etypes[i]), i);
            if (request->type == as_req) event.add(preauth, Value::boolean(request->preauth));
        }
        out.commit();
        if (request != nullptr) pending_.pop_front();
    }

    static void add_name(Event& event, const Field& field, const std::string& told,
                         std::string_view asked) {
        if (!told.empty())
            event.add_copy(field, told);
        else if (!asked.empty())
            event.add_copy(field, asked);
    }
    static void add_etype(Event& event, const Field& name, const Field& weak,
                          const std::optional<std::int64_t>& etype) {
        if (!etype) return;
        event.add_copy(name, krb5::encryption_name(*etype));
        event.add(weak, Value::boolean(is_weak(*etype)));
    }

    MessageBuffer client_, server_;
    std::deque<Message> pending_;
    ParseProblem problem_;
};

/// The application tag, then version and type where they must stand.
Probe probe_kerberos(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::uint8_t ip_tcp = 6;
    ByteReader reader(bytes);
    std::size_t announced = bytes.size();
    if (flow.ip_protocol == ip_tcp) {
        if (bytes.size() < 5) return Probe::unsure;
        announced = reader.u32();
        if (announced < 10 || announced > max_message_bytes) return Probe::not_mine;
    }
    unsigned tag = 0;
    const std::optional<std::size_t> length = ber::read_header(reader, tag);
    const unsigned type = tag & 0x1FU;
    const bool known =
        type == as_req || type == as_rep || type == tgs_req || type == tgs_rep || type == krb_error;
    if (tag != ber::application(type) || !known) return Probe::not_mine;
    if (!length || reader.remaining() < 14)
        return flow.ip_protocol == ip_tcp ? Probe::unsure : Probe::not_mine;
    unsigned sequence = 0;
    (void)ber::read_header(reader, sequence);
    const bool request = type == as_req || type == tgs_req;
    const unsigned first = ber::context(request ? 1 : 0);
    const ByteView version = reader.take(5);
    const bool fits = sequence == ber::tag_sequence && reader.ok() && *length <= announced &&
                      version[0] == std::byte{static_cast<unsigned char>(first)} &&
                      version[1] == std::byte{3} && version[2] == std::byte{ber::tag_integer} &&
                      version[3] == std::byte{1} && version[4] == std::byte{5};
    return fits ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {88};
constexpr std::array<LimitInfo, 4> limits = {{{"message", max_message_bytes, "bytes"},
                                              {"requests without reply", max_pending, "requests"},
                                              {"name", max_name_bytes, "bytes"},
                                              {"encryption types", max_etypes, "numbers"}}};
constexpr std::array<std::string_view, 1> references = {"RFC 4120 sections 5.4, 5.9.1, 7.2, 7.5"};

}  // namespace

const ProtocolEntry& krb5_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "krb5",
        .transport = Transport::tcp_and_udp,
        .ports = ports,
        .fields = fields_of_krb5,
        .limits = limits,
        .references = references,
        .probe = probe_kerberos,
        .make = []() -> std::unique_ptr<ProtocolParser> {
            return std::make_unique<KerberosParser>();
        },
    };
    return entry;
}

}  // namespace persandian::protocols
