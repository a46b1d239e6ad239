// SPDX-License-Identifier: Apache-2.0
//
// DCE-RPC over TCP: one event per bind (with its interfaces and whether they were accepted), per
// call (with its operation) and per last leg of a log-in, each with its response. Stub data are
// read over.
//
// Source: C706 chapter 12, MS-RPCE section 2.2; names as in EVE.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "detectors/protocols/dcerpc_message.h"
#include "detectors/protocols/ntlmssp.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

using dcerpc::Header;
using dcerpc::Type;

constexpr std::size_t max_pending = 64;   ///< requests that wait for their responses
constexpr std::size_t max_contexts = 64;  ///< interfaces that were bound

constexpr Field request_type{"dcerpc.request", FieldKind::text, "BIND, REQUEST, …", "EVE"};
constexpr Field response_type{"dcerpc.response", FieldKind::text, "BINDACK, RESPONSE, FAULT, …",
                              "EVE"};
constexpr Field call_id{"dcerpc.call_id", FieldKind::integer, "number of the call", "EVE"};
constexpr Field opnum{"dcerpc.req.opnum", FieldKind::integer, "number of the operation", "EVE"};
constexpr Field request_fragments{"dcerpc.req.frag_cnt", FieldKind::integer,
                                  "fragments of the request", "EVE"};
constexpr Field response_fragments{"dcerpc.res.frag_cnt", FieldKind::integer,
                                   "fragments of the response", "EVE"};
constexpr Field uuid{"dcerpc.interfaces[].uuid", FieldKind::text, "interface asked for", "EVE"};
constexpr Field version{"dcerpc.interfaces[].version", FieldKind::text, "its version, 1.0", "EVE"};
constexpr Field ack_result{"dcerpc.interfaces[].ack_result", FieldKind::integer, "0 is accepted",
                           "EVE; C706 section 12.6.3.1"};
constexpr Field endpoint{"dcerpc.endpoint", FieldKind::text, "name of the interface, svcctl",
                         "as in Zeek's log"};
constexpr Field operation{"dcerpc.operation", FieldKind::text, "RCreateServiceW, …",
                          "as in Zeek's log"};
constexpr Field ntlm_domain{"dcerpc.ntlmssp.domain", FieldKind::text, "domain of the account"};
constexpr Field ntlm_user{"dcerpc.ntlmssp.user", FieldKind::text, "who logs in"};
constexpr Field ntlm_host{"dcerpc.ntlmssp.host", FieldKind::text, "name of the client's machine"};

constexpr std::array<const Field*, 14> fields_of_dcerpc = {
    &request_type, &response_type, &call_id,    &opnum,    &request_fragments,
    &uuid,         &version,       &ack_result, &endpoint, &response_fragments,
    &operation,    &ntlm_domain,   &ntlm_user,  &ntlm_host};

struct Call {
    Type type{};
    std::uint32_t id = 0;
    unsigned opnum = 0;
    std::uint16_t context = 0;
    std::uint64_t fragments = 0, response_fragments = 0;
    std::vector<dcerpc::Interface> interfaces;
    std::optional<ntlmssp::Message> ntlm;
};

bool is_call(Type type) {
    return type == Type::request || type == Type::response || type == Type::fault;
}
bool is_of_client(Type type) {
    return type == Type::request || type == Type::bind || type == Type::alter_context ||
           type == Type::auth3;
}

class DcerpcParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        if (chunk.gap_bytes > 0 && !buffer.skip_gap(chunk.gap_bytes)) return ParseStatus::stop;
        ByteView bytes = chunk.bytes;
        while (buffer.skipped(bytes)) {
            const std::optional<ByteView> head = buffer.peek(dcerpc::header_bytes, bytes);
            if (!head) break;
            const std::optional<Header> header = dcerpc::read_header(*head);
            if (!header) {
                problem_ = {"not_dcerpc", std::to_integer<std::uint64_t>((*head)[0]), 5};
                return ParseStatus::malformed;
            }
            const std::size_t wanted = is_call(header->type)
                                           ? std::min(header->length, dcerpc::call_header_bytes)
                                           : header->length;
            const std::optional<ByteView> message = buffer.take(wanted, bytes);
            if (!message) break;
            buffer.skip(header->length - wanted);
            if (is_of_client(header->type) && from_client)
                on_request(*header, *message, chunk, out);
            else if (!is_of_client(header->type) && !from_client)
                on_response(*header, *message, chunk.time, out);
        }
        return ParseStatus::need_more;
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) emit(pending_.begin(), nullptr, {}, time, out);
    }
    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t of_interface = sizeof(dcerpc::Interface) + 48;
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               pending_.size() * (sizeof(Call) + 128) +
               (pending_interfaces_ + contexts_.size()) * of_interface;
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    using Pending = std::deque<Call>;

    Pending::iterator find(std::uint32_t id) {
        return std::find_if(pending_.begin(), pending_.end(),
                            [&](const Call& call) { return call.id == id; });
    }

    void on_request(const Header& header, ByteView message, const flow::StreamChunk& chunk,
                    EventEmitter& out) {
        if (header.type == Type::request && !header.first) {
            const auto begun = find(header.call_id);
            if (begun != pending_.end()) ++begun->fragments;
            return;
        }
        Call call;
        call.type = header.type;
        call.id = header.call_id;
        call.fragments = 1;
        if (header.type == Type::request) {
            ByteReader reader(message);
            reader.skip(dcerpc::header_bytes + 4);
            call.context = header.little_endian ? reader.u16_le() : reader.u16();
            call.opnum = header.little_endian ? reader.u16_le() : reader.u16();
            if (!reader.ok())
                return out.anomaly({"cut_message", header.length, 0}, chunk.direction, chunk.time);
        } else {
            call.ntlm = ntlmssp::find_message(dcerpc::auth_token(header, message));
        }
        if (header.type == Type::bind || header.type == Type::alter_context) {
            auto asked = dcerpc::read_bind(header, message);
            if (!asked)
                return out.anomaly({"cut_message", header.length, 0}, chunk.direction, chunk.time);
            call.interfaces = std::move(*asked);
            for (const dcerpc::Interface& interface : call.interfaces) keep(interface);
        }
        if (pending_.size() >= max_pending) emit(pending_.begin(), nullptr, {}, chunk.time, out);
        pending_interfaces_ += call.interfaces.size();
        pending_.push_back(std::move(call));
        // nothing answers the last leg of a log-in
        if (header.type == Type::auth3) emit(pending_.end() - 1, nullptr, {}, chunk.time, out);
    }

    void on_response(const Header& header, ByteView message, Timestamp time, EventEmitter& out) {
        const auto call = find(header.call_id);
        if (call == pending_.end()) return;
        ++call->response_fragments;
        if (header.last) emit(call, &header, message, time, out);
    }

    void emit(Pending::iterator call, const Header* response, ByteView message, Timestamp time,
              EventEmitter& out) {
        Event& event = out.begin("dcerpc", flow::Direction::to_server, time);
        event.add(request_type, dcerpc::type_name(call->type));
        if (response != nullptr) event.add(response_type, dcerpc::type_name(response->type));
        event.add(call_id, Value::unsigned_integer(call->id));
        if (call->type == Type::request) {
            event.add(opnum, Value::unsigned_integer(call->opnum));
            event.add(request_fragments, Value::unsigned_integer(call->fragments));
            if (response != nullptr)
                event.add(response_fragments, Value::unsigned_integer(call->response_fragments));
            add_names(event, *call);
        }
        std::vector<std::uint16_t> results;
        if (response != nullptr && !is_call(response->type) && response->type != Type::bind_nak)
            results = dcerpc::read_bind_ack(*response, message);
        for (std::size_t i = 0; i < call->interfaces.size(); ++i) {
            event.add(uuid, call->interfaces[i].uuid, i);
            event.add(version, call->interfaces[i].version, i);
            if (i < results.size()) event.add(ack_result, Value::unsigned_integer(results[i]), i);
        }
        if (!call->interfaces.empty()) {
            const std::string_view name = dcerpc::endpoint_name(call->interfaces[0].uuid);
            if (!name.empty()) event.add(endpoint, name);
        }
        if (call->ntlm && call->ntlm->type == 3) {
            event.add(ntlm_domain, call->ntlm->domain);
            event.add(ntlm_user, call->ntlm->user);
            event.add(ntlm_host, call->ntlm->host);
        }
        out.commit();
        pending_interfaces_ -= call->interfaces.size();
        pending_.erase(call);
    }

    void add_names(Event& event, const Call& call) const {
        const auto bound =
            std::find_if(contexts_.rbegin(), contexts_.rend(),
                         [&](const auto& kept) { return kept.context == call.context; });
        if (bound == contexts_.rend()) return;
        const std::string_view name = dcerpc::endpoint_name(bound->uuid);
        if (name.empty()) return;
        event.add(endpoint, name);
        const std::string_view what = dcerpc::operation_name(name, call.opnum);
        if (!what.empty()) event.add(operation, what);
    }

    void keep(const dcerpc::Interface& interface) {
        if (contexts_.size() >= max_contexts) contexts_.pop_front();
        contexts_.push_back(interface);
    }

    MessageBuffer client_, server_;
    Pending pending_;  ///< oldest first
    std::size_t pending_interfaces_ = 0;
    std::deque<dcerpc::Interface> contexts_;
    ParseProblem problem_;
};

/// Off port 135 only a bind or its answer begins it.
Probe probe_dcerpc(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    constexpr std::size_t shortest_bind = 72, shortest_answer = 28;
    if (!bytes.empty() && std::to_integer<unsigned>(bytes[0]) != 5) return Probe::not_mine;
    if (bytes.size() > 1 && std::to_integer<unsigned>(bytes[1]) > 1) return Probe::not_mine;
    if (bytes.size() < dcerpc::header_bytes) return Probe::unsure;
    const std::optional<Header> header = dcerpc::read_header(bytes);
    if (!header) return Probe::not_mine;
    const bool bind = header->type == Type::bind && header->length >= shortest_bind;
    const bool answer = header->type == Type::bind_ack && header->length >= shortest_answer;
    const bool begins = (bind || answer) && header->first && header->last;
    return begins || flow.server_port == 135 ? Probe::mine : Probe::not_mine;
}

constexpr std::array<LimitInfo, 3> limits = {
    {{"requests without response", max_pending, "requests"},
     {"bound interfaces remembered", max_contexts, "interfaces"},
     {"interfaces of a bind", dcerpc::max_interfaces, "interfaces"}}};
constexpr std::array<std::string_view, 2> references = {"C706 chapter 12", "MS-RPCE section 2.2"};

}  // namespace

const ProtocolEntry& dcerpc_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "dcerpc",
        .transport = Transport::tcp,
        .ports = {},  // 135 and any dynamic one: none of them is foreign
        .fields = fields_of_dcerpc,
        .limits = limits,
        .references = references,
        .probe = probe_dcerpc,
        .make = []() -> std::unique_ptr<ProtocolParser> {
            return std::make_unique<DcerpcParser>();
        },
    };
    return entry;
}

}  // namespace persandian::protocols
