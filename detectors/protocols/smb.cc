// SPDX-License-Identifier: Apache-2.0
//
// SMB 2 and 3: one event per negotiation, log-in (with the names of NTLMSSP), connection to a
// share, opened file, and change of a file's name or end, each with its status. Reads and writes
// are read over. Of SMB 1 only its negotiation is told: that it is spoken at all is the finding.
//
// Source: MS-SMB2 sections 2.1 and 2.2, MS-CIFS section 2.2.4.52; names as in EVE.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "detectors/protocols/ntlmssp.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/smb_message.h"
#include "detectors/protocols/smb_names.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t frame_bytes = 4;  ///< NetBIOS session service, RFC 1002 section 4.3.1
constexpr std::size_t max_read_bytes = 64 * 1024;  ///< of a message that is read whole
constexpr std::size_t max_pending = 64;            ///< requests that wait for their responses
constexpr std::size_t max_kept = 64;               ///< open files, connected shares
constexpr std::size_t max_compound = 32;

using smb::Command;
using smb::Header;
using smb::header_bytes;
using smb::max_dialects;
using smb::part_of;
using smb::read_header;
using smb::Request;

constexpr Field dialect{"smb.dialect", FieldKind::text, "2.02 … 3.11, as agreed", "EVE"};
constexpr Field command{"smb.command", FieldKind::text, "SMB2_COMMAND_CREATE, …", "EVE"};
constexpr Field status{"smb.status", FieldKind::text, "name of the status", "EVE; MS-ERREF"};
constexpr Field status_code{"smb.status_code", FieldKind::text, "0x0, 0xc000006d, …", "EVE"};
constexpr Field session_id{"smb.session_id", FieldKind::integer, "number of the session", "EVE"};
constexpr Field tree_id{"smb.tree_id", FieldKind::integer, "number of the connected share", "EVE"};
constexpr Field filename{"smb.filename", FieldKind::text, "path within the share", "EVE"};
constexpr Field rename_to{"smb.rename.to", FieldKind::text, "new name of the file", "EVE"};
constexpr Field deleted{"smb.delete", FieldKind::boolean, "the file is to go when it is closed"};
constexpr Field disposition{"smb.disposition", FieldKind::text,
                            "FILE_OPEN, FILE_CREATE, FILE_OVERWRITE_IF, …",
                            "EVE; MS-SMB2 section 2.2.13"};
constexpr Field access{"smb.access", FieldKind::text, "access asked for, in hexadecimal"};
constexpr Field size{"smb.size", FieldKind::integer, "bytes of the opened file", "EVE"};
constexpr Field share{"smb.share", FieldKind::text, "\\\\server\\share", "EVE"};
constexpr Field share_type{"smb.share_type", FieldKind::text, "DISK, PIPE or PRINT",
                           "EVE; MS-SMB2 section 2.2.10"};
constexpr Field client_dialects{"smb.client_dialects[]", FieldKind::text, "what the client offers",
                                "EVE"};
constexpr Field ntlm_domain{"smb.ntlmssp.domain", FieldKind::text, "domain of the account", "EVE"};
constexpr Field ntlm_user{"smb.ntlmssp.user", FieldKind::text, "who logs in", "EVE"};
constexpr Field ntlm_host{"smb.ntlmssp.host", FieldKind::text, "name of the client's machine",
                          "EVE"};
constexpr Field ntlm_version{"smb.ntlmssp.version", FieldKind::text, "version of its Windows",
                             "EVE"};
constexpr Field server_name{"smb.ntlmssp.server", FieldKind::text,
                            "DNS name that the server gives itself"};
constexpr Field kerberos{"smb.kerberos", FieldKind::boolean, "the log-in is by a Kerberos ticket"};
constexpr Field encrypted{"smb.encrypted", FieldKind::boolean,
                          "from here on the session is encrypted and not read",
                          "MS-SMB2 section 2.2.41"};

constexpr std::array<const Field*, 22> fields_of_smb = {
    &dialect,      &command,     &status,          &status_code, &session_id, &tree_id,
    &filename,     &rename_to,   &deleted,         &disposition, &access,     &size,
    &share,        &share_type,  &client_dialects, &ntlm_domain, &ntlm_user,  &ntlm_host,
    &ntlm_version, &server_name, &kerberos,        &encrypted};

class SmbParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        if (chunk.gap_bytes > 0 && !buffer.skip_gap(chunk.gap_bytes)) return ParseStatus::stop;
        ByteView bytes = chunk.bytes;
        while (buffer.skipped(bytes)) {
            const std::optional<ByteView> frame = buffer.peek(frame_bytes, bytes);
            if (!frame) break;
            ByteReader reader(*frame);
            const unsigned type = reader.u8();
            const std::size_t length = reader.u24();
            if (type != 0) {  // session request and its like, keep-alive
                if (type != 0x85 && (type < 0x81 || type > 0x84)) return malformed("not_smb", type);
                buffer.skip(frame_bytes + length);
                continue;
            }
            if (!take(buffer, length, bytes, chunk, out)) break;
        }
        return ParseStatus::need_more;
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) emit(pending_.begin(), nullptr, {}, time, out);
    }
    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t of_request = sizeof(Request) + 128;
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               pending_.size() * of_request + (files_.size() + shares_.size()) * 96;
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    struct Kept {
        std::string id;
        std::string name;
    };
    using Pending = std::deque<Request>;

    /// One frame of `length` bytes; false: more must come. Large ones are read by their header
    /// alone: those are reads and writes.
    bool take(MessageBuffer& buffer, std::size_t length, ByteView& bytes,
              const flow::StreamChunk& chunk, EventEmitter& out) {
        const std::size_t head = std::min(length, header_bytes);
        const std::optional<ByteView> start = buffer.peek(frame_bytes + head, bytes);
        if (!start) return false;
        const bool whole = length <= max_read_bytes && is_read(start->subspan(frame_bytes));
        const std::optional<ByteView> message =
            buffer.take(frame_bytes + (whole ? length : head), bytes);
        if (!message) return false;
        if (!whole) buffer.skip(length - head);
        read(message->subspan(frame_bytes), chunk, out);
        return true;
    }

    /// Whether this message is one of those that are read whole.
    static bool is_read(ByteView start) {
        if (as_text(start).starts_with("\xFFSMB")) return true;
        const std::optional<Header> header = read_header(start);
        return header && (smb::is_told(header->command) || header->next != 0);
    }

    void read(ByteView frame, const flow::StreamChunk& chunk, EventEmitter& out) {
        const std::string_view magic = as_text(frame.first(std::min<std::size_t>(4, frame.size())));
        if (magic == "\xFDSMB") return on_encrypted(chunk, out);
        if (magic == "\xFFSMB") return on_old_message(frame, chunk, out);
        if (magic != "\xFESMB") return;
        for (std::size_t i = 0; i < max_compound; ++i) {
            const std::optional<Header> header = read_header(frame);
            if (!header) return;
            const bool more = header->next >= header_bytes && header->next < frame.size();
            const ByteView message = more ? frame.first(header->next) : frame;
            if (smb::is_told(header->command)) {
                if (header->response)
                    on_response(*header, message, chunk.time, out);
                else
                    on_request(*header, message, chunk.time, out);
            }
            if (!more) return;
            frame = frame.subspan(header->next);
        }
        out.anomaly({"too_many_messages", max_compound + 1, max_compound}, chunk.direction,
                    chunk.time);
    }

    void on_encrypted(const flow::StreamChunk& chunk, EventEmitter& out) {
        if (std::exchange(encryption_told_, true)) return;
        Event& event = out.begin("smb", flow::Direction::to_server, chunk.time);
        if (!dialect_.empty()) event.add(dialect, dialect_);
        event.add(encrypted, Value::boolean(true));
        out.commit();
    }

    /// SMB_COM_NEGOTIATE of the client: the dialects as text, each behind an octet 2.
    void on_old_message(ByteView message, const flow::StreamChunk& chunk, EventEmitter& out) {
        constexpr unsigned negotiate = 0x72;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        if (message.size() < 35 || std::to_integer<unsigned>(message[4]) != negotiate ||
            !from_client)
            return;
        Event& event = out.begin("smb", flow::Direction::to_server, chunk.time);
        event.add(command, "SMB1_COMMAND_NEGOTIATE_PROTOCOL");
        std::string_view list = as_text(message.subspan(35));
        for (std::size_t i = 0; i < max_dialects && list.starts_with('\x02'); ++i) {
            const std::string_view name = list.substr(1, list.find('\0') - 1);
            event.add_copy(client_dialects, name, i);
            list.remove_prefix(std::min(list.size(), name.size() + 2));
        }
        out.commit();
    }

    void on_request(const Header& header, ByteView message, Timestamp time, EventEmitter& out) {
        Request request = smb::read_request(header, message);
        if (header.command == Command::set_info) {
            if (request.rename_to.empty() && !request.deletes) return;
            request.name = name_of(files_, request.file_id);
        }
        if (pending_.size() >= max_pending) emit(pending_.begin(), nullptr, {}, time, out);
        pending_.push_back(std::move(request));
    }

    void on_response(const Header& header, ByteView message, Timestamp time, EventEmitter& out) {
        constexpr std::uint32_t status_pending = 0x103;
        if (header.status == status_pending) return;  // the real one follows
        const auto request =
            std::find_if(pending_.begin(), pending_.end(), [&](const Request& waiting) {
                return waiting.header.message_id == header.message_id &&
                       waiting.header.command == header.command;
            });
        if (header.command == Command::negotiate && header.status == 0) {
            ByteReader body(message);
            body.skip(header_bytes + 4);
            dialect_ = smb::dialect_name(body.u16_le());
        }
        if (request != pending_.end())
            emit(request, &header, message, time, out);
        else if (header.command == Command::negotiate)
            emit(request, &header, message, time, out);
    }

    /// Tells a request (end(): none was seen) with its response (null: none came).
    void emit(Pending::iterator request, const Header* response, ByteView message, Timestamp time,
              EventEmitter& out) {
        const bool asked = request != pending_.end();
        const Header& header = asked ? request->header : *response;
        Event& event = out.begin("smb", flow::Direction::to_server, time);
        event.add(command, smb::command_name(header.command));
        if (!dialect_.empty()) event.add(dialect, dialect_);
        if (response != nullptr) {
            event.add_copy(status, smb::status_name(response->status));
            event.add_copy(status_code, fmt::format("{:#x}", response->status));
        }
        const std::uint64_t session =
            response != nullptr ? response->session_id : header.session_id;
        event.add(session_id, Value::unsigned_integer(session));
        event.add(tree_id, Value::unsigned_integer(response != nullptr && response->tree_id != 0
                                                       ? response->tree_id
                                                       : header.tree_id));
        if (asked) add_request(event, *request);
        if (response != nullptr && asked) add_response(event, *request, *response, message);
        out.commit();
        if (asked) pending_.erase(request);
    }

    void add_request(Event& event, const Request& request) {
        for (std::size_t i = 0; i < request.dialects.size(); ++i)
            event.add(client_dialects, request.dialects[i], i);
        if (request.kerberos) event.add(kerberos, Value::boolean(true));
        if (request.ntlm && request.ntlm->type == 3) {
            event.add(ntlm_domain, request.ntlm->domain);
            event.add(ntlm_user, request.ntlm->user);
            event.add(ntlm_host, request.ntlm->host);
        }
        if (request.ntlm && !request.ntlm->version.empty())
            event.add(ntlm_version, request.ntlm->version);
        if (request.header.command == Command::tree_connect) {
            event.add(share, request.name);
            return;
        }
        if (!request.name.empty()) event.add(filename, request.name);
        if (request.header.command == Command::create) {
            event.add(disposition, smb::disposition_name(request.disposition));
            event.add_copy(access, fmt::format("{:#x}", request.access));
        }
        if (!request.rename_to.empty()) event.add(rename_to, request.rename_to);
        if (request.deletes) event.add(deleted, Value::boolean(true));
        const std::string_view where = name_of(shares_, std::to_string(request.header.tree_id));
        if (!where.empty()) event.add(share, where);
    }

    void add_response(Event& event, const Request& request, const Header& response,
                      ByteView message) {
        ByteReader body(message);
        body.skip(header_bytes);
        if (request.header.command == Command::session_setup) {
            body.skip(4);
            const std::size_t offset = body.u16_le();
            const std::size_t length = body.u16_le();
            const auto challenge = ntlmssp::find_message(part_of(message, offset, length));
            if (challenge && challenge->type == 2 && !challenge->dns_name.empty())
                event.add_copy(server_name, challenge->dns_name);
        }
        if (response.status != 0) return;
        if (request.header.command == Command::tree_connect) {
            body.skip(2);
            event.add(share_type, smb::share_type_name(body.u8()));
            keep(shares_, std::to_string(response.tree_id), request.name);
        } else if (request.header.command == Command::create) {
            body.skip(48);
            const std::uint64_t file_bytes = body.u64_le();
            body.skip(8);
            const ByteView id = body.take(16);
            if (!body.ok()) return;
            event.add(size, Value::unsigned_integer(file_bytes));
            keep(files_, std::string(as_text(id)), request.name);
        }
    }

    static void keep(std::deque<Kept>& list, std::string id, const std::string& name) {
        if (list.size() >= max_kept) list.pop_front();
        list.push_back({std::move(id), name});
    }
    static std::string_view name_of(const std::deque<Kept>& list, std::string_view id) {
        const auto found = std::find_if(list.rbegin(), list.rend(),
                                        [&](const Kept& kept) { return kept.id == id; });
        return found == list.rend() ? std::string_view{} : std::string_view(found->name);
    }

    ParseStatus malformed(std::string_view event, std::uint64_t observed) {
        problem_ = {event, observed, 0};
        return ParseStatus::malformed;
    }

    MessageBuffer client_, server_;
    std::string dialect_;
    Pending pending_;          ///< oldest first
    std::deque<Kept> files_;   ///< opened ones
    std::deque<Kept> shares_;  ///< connected ones
    bool encryption_told_ = false;
    ParseProblem problem_;
};

/// A NetBIOS frame that holds a message of SMB, whatever its version.
Probe probe_smb(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    const std::string_view text = as_text(bytes);
    if (text.empty()) return Probe::unsure;
    const bool session_request = text[0] == '\x81' || text[0] == '\x82';
    if (session_request && flow.server_port == 139)
        return bytes.size() < frame_bytes ? Probe::unsure : Probe::mine;
    if (text[0] != '\0') return Probe::not_mine;
    if (bytes.size() < frame_bytes + 4) return Probe::unsure;
    const std::string_view magic = text.substr(frame_bytes, 4);
    const bool known =
        magic == "\xFESMB" || magic == "\xFFSMB" || magic == "\xFDSMB" || magic == "\xFCSMB";
    return known ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {445, 139};
constexpr std::array<LimitInfo, 5> limits = {
    {{"message read whole", max_read_bytes, "bytes"},
     {"requests without response", max_pending, "requests"},
     {"open files remembered", max_kept, "files"},
     {"dialects", max_dialects, "names"},
     {"messages in a frame", max_compound, "messages"}}};
constexpr std::array<std::string_view, 3> references = {
    "MS-SMB2 section 2.2", "MS-NLMP section 2.2", "RFC 1002 section 4.3"};

}  // namespace

const ProtocolEntry& smb_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "smb",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_smb,
        .limits = limits,
        .references = references,
        .probe = probe_smb,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SmbParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
