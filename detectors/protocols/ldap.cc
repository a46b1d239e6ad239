// SPDX-License-Identifier: Apache-2.0
//
// LDAP over TCP and CLDAP over UDP: one event per request with its result. Entries that a search
// returns are counted, not told. Passwords of simple binds are left out. After StartTLS the flow is
// probed anew; what SASL seals is not read.
//
// Source: RFC 4511 sections 4.1 to 4.14; names as in EVE (Suricata 8).
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/protocols/ber_reader.h"
#include "detectors/protocols/ldap_message.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

using ldap::abandon_request;
using ldap::bind_request;
using ldap::code_name;
using ldap::delete_request;
using ldap::extended_request;
using ldap::extended_response;
using ldap::find_operation;
using ldap::intermediate;
using ldap::max_attributes;
using ldap::max_text_bytes;
using ldap::Operation;
using ldap::read_request;
using ldap::Request;
using ldap::search_entry;
using ldap::search_reference;
using ldap::search_request;
using ldap::unbind_request;

constexpr std::size_t max_message_bytes = 64 * 1024;  ///< read; larger ones are only counted
constexpr std::size_t max_pending = 32;               ///< requests that wait for their results
constexpr std::size_t head_bytes = 16;  ///< enough for tags, lengths, message number, operation

constexpr Field operation{"ldap.request.operation", FieldKind::text,
                          "bind_request, search_request, …", "EVE; RFC 4511 section 4.1.1"};
constexpr Field message_id{"ldap.request.message_id", FieldKind::integer, "number of the request",
                           "EVE"};
constexpr Field bind_version{"ldap.request.bind_request.version", FieldKind::integer,
                             "version of the protocol", "EVE; RFC 4511 section 4.2"};
constexpr Field bind_name{"ldap.request.bind_request.name", FieldKind::text,
                          "name to authenticate as; empty: anonymous or by SASL", "EVE"};
constexpr Field bind_kind{"ldap.request.bind_request.authentication", FieldKind::text,
                          "anonymous, simple (the password in clear), or the SASL mechanism"};
constexpr Field base_object{"ldap.request.search_request.base_object", FieldKind::text,
                            "where the search begins", "EVE; RFC 4511 section 4.5.1"};
constexpr Field scope{"ldap.request.search_request.scope", FieldKind::text,
                      "base_object, single_level or whole_subtree", "EVE"};
constexpr Field attributes{"ldap.request.search_request.attributes[]", FieldKind::text,
                           "attributes asked for", "EVE"};
constexpr Field entry_name{"ldap.request.entry", FieldKind::text,
                           "entry that is added, modified, renamed, compared or deleted"};
constexpr Field extended_oid{"ldap.request.extended_request.name", FieldKind::text,
                             "OID of the extended operation", "EVE; RFC 4511 section 4.12"};
constexpr Field result_operation{"ldap.response.operation", FieldKind::text,
                                 "search_result_done, bind_response, …"};
constexpr Field result_code{"ldap.response.result_code", FieldKind::text,
                            "success, invalid_credentials, …, else its number",
                            "RFC 4511 section 4.1.9"};
constexpr Field result_message{"ldap.response.message", FieldKind::text,
                               "diagnostic message of the server"};
constexpr Field entries{"ldap.response.entries", FieldKind::integer,
                        "entries that a search returned"};

constexpr std::array<const Field*, 14> fields_of_ldap = {
    &operation,        &message_id,  &bind_version,   &bind_name,  &bind_kind,
    &base_object,      &scope,       &attributes,     &entry_name, &extended_oid,
    &result_operation, &result_code, &result_message, &entries};

class LdapParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        ByteView bytes = chunk.bytes;
        while (buffer.skipped(bytes)) {
            const std::optional<ByteView> head = buffer.peek(2, bytes);
            if (!head) break;
            const unsigned length_octets = std::to_integer<unsigned>((*head)[1]) < 0x80
                                               ? 0
                                               : std::to_integer<unsigned>((*head)[1]) & 0x7FU;
            if ((*head)[0] != std::byte{ber::tag_sequence} || length_octets > 4)
                return sealed_ ? ParseStatus::stop : malformed("not_ldap");
            const std::optional<ByteView> whole_head = buffer.peek(2 + length_octets, bytes);
            if (!whole_head) break;
            ByteReader reader(*whole_head);
            unsigned tag = 0;
            const std::optional<std::size_t> length = ber::read_header(reader, tag);
            if (!length || *length == 0) return sealed_ ? ParseStatus::stop : malformed("not_ldap");
            const ParseStatus status = take(buffer, 2 + length_octets, *length, bytes, chunk, out);
            if (status == ParseStatus::need_more) break;
            if (status == ParseStatus::upgrade) unread_bytes_ = bytes.size();
            if (status != ParseStatus::ok) return status;
        }
        return ParseStatus::need_more;
    }

    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        ByteReader reader(datagram.bytes);
        const ByteView body = ber::expect(reader, ber::tag_sequence);
        if (!reader.ok()) return datagram.truncated ? ParseStatus::ok : malformed("not_ldap");
        return read(body, datagram.time, out);
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) emit(0, nullptr, {}, time, out);
    }
    std::size_t unread_bytes() const noexcept override { return unread_bytes_; }
    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t of_request = sizeof(Request) + 512;
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               pending_.size() * of_request;
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    /// One message of a stream; of a large one only its beginning.
    ParseStatus take(MessageBuffer& buffer, std::size_t header, std::size_t length, ByteView& bytes,
                     const flow::StreamChunk& chunk, EventEmitter& out) {
        const std::size_t looked = length > max_message_bytes ? head_bytes : length;
        const std::optional<ByteView> message = buffer.take(header + looked, bytes);
        if (!message) return ParseStatus::need_more;
        if (looked < length) {
            buffer.skip(length - looked);
            out.anomaly({"message_too_long", length, max_message_bytes}, chunk.direction,
                        chunk.time);
            return ParseStatus::ok;
        }
        return read(message->subspan(header), chunk.time, out);
    }

    ParseStatus read(ByteView body, Timestamp time, EventEmitter& out) {
        ByteReader reader(body);
        const std::int64_t id = ber::integer(ber::expect(reader, ber::tag_integer));
        const ber::Element element = ber::read_element(reader);
        const Operation* const known = find_operation(element.tag);
        if (!reader.ok() || known == nullptr) return malformed("bad_message");
        if (!known->request) return on_response(*known, id, element.value, time, out);
        if (pending_.size() >= max_pending) emit(0, nullptr, {}, time, out);
        pending_.push_back(read_request(*known, id, element.value));
        const bool unanswered = known->tag == unbind_request || known->tag == abandon_request;
        if (unanswered) emit(pending_.size() - 1, nullptr, {}, time, out);
        return ParseStatus::ok;
    }

    ParseStatus on_response(const Operation& known, std::int64_t id, ByteView value, Timestamp time,
                            EventEmitter& out) {
        const auto request = std::find_if(pending_.begin(), pending_.end(),
                                          [&](const Request& waiting) { return waiting.id == id; });
        const bool found = request != pending_.end();
        if (known.tag == search_entry && found) ++request->entries;
        if (known.tag == search_entry || known.tag == search_reference || known.tag == intermediate)
            return ParseStatus::ok;
        ByteReader body(value);
        const std::int64_t code = ber::integer(ber::expect(body, ber::tag_enumerated));
        const bool success = body.ok() && code == 0;
        const bool tls = found && success && request->operation->tag == extended_request &&
                         request->name == "1.3.6.1.4.1.1466.20037";
        sealed_ = sealed_ || (found && success && request->operation->tag == bind_request &&
                              request->kind != "simple" && request->kind != "anonymous");
        const std::size_t which =
            found ? static_cast<std::size_t>(request - pending_.begin()) : pending_.size();
        emit(which, &known, value, time, out);
        return tls ? ParseStatus::upgrade : ParseStatus::ok;
    }

    /// Tells pending request `which` (none when there is no such) with its result, and forgets it.
    void emit(std::size_t which, const Operation* response, ByteView result, Timestamp time,
              EventEmitter& out) {
        Event& event = out.begin("ldap", flow::Direction::to_server, time);
        const Request* const request = which < pending_.size() ? &pending_[which] : nullptr;
        if (request != nullptr) add_request(event, *request);
        if (response != nullptr) {
            ByteReader body(result);
            const std::int64_t code = ber::integer(ber::expect(body, ber::tag_enumerated));
            (void)ber::expect(body, ber::tag_octets);  // matched DN
            const ByteView message = ber::expect(body, ber::tag_octets);
            event.add(result_operation, response->name);
            event.add_copy(result_code, code_name(code));
            if (!message.empty())
                event.add(result_message, as_text(message).substr(0, max_text_bytes));
        }
        if (request != nullptr && request->operation->tag == search_request && response != nullptr)
            event.add(entries, Value::unsigned_integer(request->entries));
        out.commit();
        if (request != nullptr)
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(which));
    }

    static void add_request(Event& event, const Request& request) {
        constexpr std::array<std::string_view, 3> scopes = {"base_object", "single_level",
                                                            "whole_subtree"};
        event.add(operation, request.operation->name);
        event.add(message_id, Value::integer(request.id));
        switch (request.operation->tag) {
            case bind_request:
                event.add(bind_version, Value::integer(request.version));
                event.add(bind_name, request.name);
                event.add(bind_kind, request.kind);
                break;
            case search_request:
                event.add(base_object, request.name);
                if (request.scope < scopes.size()) event.add(scope, scopes[request.scope]);
                for (std::size_t i = 0; i < request.attributes.size(); ++i)
                    event.add(attributes, request.attributes[i], i);
                break;
            case extended_request:
                event.add(extended_oid, request.name);
                break;
            default:
                if (!request.name.empty()) event.add(entry_name, request.name);
        }
    }

    ParseStatus malformed(std::string_view event) {
        problem_ = {event, 0, 0};
        return ParseStatus::malformed;
    }

    MessageBuffer client_, server_;
    std::deque<Request> pending_;  ///< oldest first
    bool sealed_ = false;          ///< SASL may have sealed what follows
    std::size_t unread_bytes_ = 0;
    ParseProblem problem_;
};

/// A sequence of a message number and a known operation, whose lengths fit into each other.
Probe probe_ldap(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::uint8_t ip_tcp = 6;
    const Probe later = flow.ip_protocol == ip_tcp ? Probe::unsure : Probe::not_mine;
    if (bytes.empty()) return later;
    if (bytes[0] != std::byte{ber::tag_sequence}) return Probe::not_mine;
    if (bytes.size() < head_bytes && bytes.size() < 7) return later;
    ByteReader reader(bytes);
    unsigned tag = 0;
    const std::optional<std::size_t> length = ber::read_header(reader, tag);
    const std::size_t header = reader.position();
    const std::size_t octets = reader.remaining();
    const unsigned id_tag = reader.u8();
    const std::size_t id_size = reader.u8();
    reader.skip(id_size);
    const bool id_fits = id_tag == ber::tag_integer && id_size >= 1 && id_size <= 4;
    if (!length || *length < 5 || (octets >= 2 && !id_fits)) return Probe::not_mine;
    if (!reader.ok()) return later;
    unsigned operation_tag = 0;
    const std::optional<std::size_t> inner = ber::read_header(reader, operation_tag);
    if (!inner) return bytes.size() < head_bytes ? later : Probe::not_mine;
    const std::size_t inner_end = reader.position() - header + *inner;
    const Operation* const known = find_operation(operation_tag);
    const bool to_server = direction == flow::Direction::to_server;
    const bool fits = known != nullptr && known->request == to_server && inner_end <= *length;
    return fits ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {389, 3268};
constexpr std::array<LimitInfo, 4> limits = {{{"message read", max_message_bytes, "bytes"},
                                              {"requests without result", max_pending, "requests"},
                                              {"text", max_text_bytes, "bytes"},
                                              {"attributes", max_attributes, "names"}}};
constexpr std::array<std::string_view, 1> references = {"RFC 4511 section 4"};

}  // namespace

const ProtocolEntry& ldap_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "ldap",
        .transport = Transport::tcp_and_udp,
        .ports = ports,
        .fields = fields_of_ldap,
        .limits = limits,
        .references = references,
        .probe = probe_ldap,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<LdapParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
