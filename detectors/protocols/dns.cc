// SPDX-License-Identifier: Apache-2.0
//
// DNS over UDP and TCP: one event per message, shaped as EVE's dns version 3. Reads the header, the
// questions, the answers and the authorities; additional records are only walked over when the
// probe needs certainty. Not multicast DNS (5353), LLMNR (5355) or NetBIOS (137), whose messages
// look alike.
//
// Source: RFC 1035 section 4, RFC 7766 section 8 (length prefix), RFC 6891 (the OPT record).
#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "detectors/protocols/dns_message.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_message_bytes = 65'535;
constexpr std::size_t max_records = 512;  ///< reported per section; the rest is counted by anomaly

constexpr Field version{"dns.version", FieldKind::integer, "version of the event's shape: 3",
                        "EVE"};
constexpr Field type{"dns.type", FieldKind::text, "request or response", "EVE"};
constexpr Field id{"dns.id", FieldKind::integer, "transaction identifier of the message",
                   "EVE; RFC 1035 section 4.1.1"};
constexpr Field flags{"dns.flags", FieldKind::text, "the header's flags in hexadecimal", "EVE"};
constexpr Field qr{"dns.qr", FieldKind::boolean, "is a response; absent when not", "EVE"};
constexpr Field aa{"dns.aa", FieldKind::boolean, "authoritative answer; absent when not", "EVE"};
constexpr Field tc{"dns.tc", FieldKind::boolean, "message was truncated; absent when not", "EVE"};
constexpr Field rd{"dns.rd", FieldKind::boolean, "recursion desired; absent when not", "EVE"};
constexpr Field ra{"dns.ra", FieldKind::boolean, "recursion available; absent when not", "EVE"};
constexpr Field opcode{"dns.opcode", FieldKind::integer, "kind of query, 0 = standard", "EVE"};
constexpr Field rcode{"dns.rcode", FieldKind::text, "response code by name, NXDOMAIN", "EVE"};
constexpr Field rrname{"dns.rrname", FieldKind::text, "name of the first question"};
constexpr Field rrtype{"dns.rrtype", FieldKind::text, "type of the first question"};
constexpr Field query_rrname{"dns.queries[].rrname", FieldKind::text, "name asked", "EVE"};
constexpr Field query_rrtype{"dns.queries[].rrtype", FieldKind::text, "type asked", "EVE"};
constexpr Field answer_rrname{"dns.answers[].rrname", FieldKind::text, "name of the record", "EVE"};
constexpr Field answer_rrtype{"dns.answers[].rrtype", FieldKind::text, "type of the record", "EVE"};
constexpr Field answer_ttl{"dns.answers[].ttl", FieldKind::integer, "time to live, seconds", "EVE"};
constexpr Field answer_rdata{"dns.answers[].rdata", FieldKind::text, "data of the record", "EVE"};
constexpr Field authority_rrname{"dns.authorities[].rrname", FieldKind::text, "name of the record",
                                 "EVE"};
constexpr Field authority_rrtype{"dns.authorities[].rrtype", FieldKind::text, "type of the record",
                                 "EVE"};
constexpr Field authority_ttl{"dns.authorities[].ttl", FieldKind::integer, "time to live, seconds",
                              "EVE"};
constexpr Field authority_rdata{"dns.authorities[].rdata", FieldKind::text, "data of the record",
                                "EVE"};

constexpr std::array<const Field*, 23> fields_of_dns = {&version,
                                                        &type,
                                                        &id,
                                                        &flags,
                                                        &qr,
                                                        &aa,
                                                        &tc,
                                                        &rd,
                                                        &ra,
                                                        &opcode,
                                                        &rcode,
                                                        &rrname,
                                                        &rrtype,
                                                        &query_rrname,
                                                        &query_rrtype,
                                                        &answer_rrname,
                                                        &answer_rrtype,
                                                        &answer_ttl,
                                                        &answer_rdata,
                                                        &authority_rrname,
                                                        &authority_rrtype,
                                                        &authority_ttl,
                                                        &authority_rdata};

/// The four fields of a record section.
struct Section {
    const Field& name;
    const Field& type;
    const Field& ttl;
    const Field& data;
};
constexpr Section answers{answer_rrname, answer_rrtype, answer_ttl, answer_rdata};
constexpr Section authorities{authority_rrname, authority_rrtype, authority_ttl, authority_rdata};

ParseProblem name_problem(dns::NameStatus status, std::size_t position) {
    switch (status) {
        case dns::NameStatus::too_long:
            return {"name_too_long", position, dns::max_name_bytes};
        case dns::NameStatus::compression_loop:
            return {"compression_loop", position, dns::max_pointers};
        case dns::NameStatus::bad_label:
            return {"bad_label", position, 0};
        case dns::NameStatus::ok:
        case dns::NameStatus::truncated:
            break;
    }
    return {"truncated_message", position, 0};
}

flow::Direction opposite(flow::Direction direction) {
    return direction == flow::Direction::to_server ? flow::Direction::to_client
                                                   : flow::Direction::to_server;
}

/// Turns one message into one event.
class MessageToEvent {
  public:
    /// `cut`: the capture lost the end of the message, so its end is nobody's fault. Returns what
    /// is wrong with the message; what stood before that is in the event all the same, unless not
    /// even the questions could be read.
    std::optional<ParseProblem> run(ByteView message, bool cut, flow::Direction direction,
                                    Timestamp time, EventEmitter& out) {
        ByteReader reader(message);
        const dns::Header header = dns::read_header(reader);
        if (!reader.ok()) {
            if (cut) return std::nullopt;
            return ParseProblem{"truncated_header", message.size(), dns::header_bytes};
        }
        // As in EVE, the one who asks is the source, in requests and responses alike.
        Event& event =
            out.begin("dns", header.is_response() ? opposite(direction) : direction, time);
        add_header(event, header);
        std::optional<ParseProblem> problem = read_questions(event, reader, message, header);
        const bool readable = !problem || questions_read_ > 0 || cut;
        if (!problem) problem = read_records(event, reader, message, header.answers, answers);
        if (!problem)
            problem = read_records(event, reader, message, header.authorities, authorities);
        if (readable) out.commit();
        if (cut && problem && problem->event == "truncated_message") return std::nullopt;
        return problem;
    }

  private:
    void add_header(Event& event, const dns::Header& header) {
        event.add(version, Value::integer(3));
        event.add(type, header.is_response() ? "response" : "request");
        event.add(id, Value::integer(header.id));
        text_ = fmt::format("{:x}", header.flags);
        event.add_copy(flags, text_);
        const auto flag = [&](const Field& field, unsigned mask) {
            if ((header.flags & mask) != 0) event.add(field, Value::boolean(true));
        };
        flag(qr, 0x8000);
        flag(aa, 0x0400);
        flag(tc, 0x0200);
        flag(rd, 0x0100);
        flag(ra, 0x0080);
        event.add(opcode, Value::integer(header.opcode()));
        event.add_copy(rcode, dns::rcode_name(header.rcode(), text_));
    }

    std::optional<ParseProblem> read_questions(Event& event, ByteReader& reader, ByteView message,
                                               const dns::Header& header) {
        questions_read_ = 0;
        for (std::size_t i = 0; i < header.questions; ++i) {
            if (i == max_records) return ParseProblem{"too_many_records", header.questions, i};
            name_.clear();
            const std::size_t start = reader.position();
            const dns::NameStatus status = dns::read_name(reader, message, name_);
            if (status != dns::NameStatus::ok) return name_problem(status, start);
            const std::uint16_t asked = reader.u16();
            reader.skip(2);
            if (!reader.ok()) return name_problem(dns::NameStatus::truncated, message.size());
            const std::string_view asked_name = event.keep(dns::type_name(asked, text_));
            const std::string_view name = event.keep(name_);
            if (i == 0) {
                event.add(rrname, name);
                event.add(rrtype, asked_name);
            }
            event.add(query_rrname, name, i);
            event.add(query_rrtype, asked_name, i);
            ++questions_read_;
        }
        return std::nullopt;
    }

    std::optional<ParseProblem> read_records(Event& event, ByteReader& reader, ByteView message,
                                             std::size_t count, const Section& section) {
        std::size_t element = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i == max_records) return ParseProblem{"too_many_records", count, max_records};
            name_.clear();
            const std::size_t start = reader.position();
            const dns::NameStatus status = dns::read_name(reader, message, name_);
            if (status != dns::NameStatus::ok) return name_problem(status, start);
            const std::uint16_t record_type = reader.u16();
            reader.skip(2);
            const std::uint32_t ttl = reader.u32();
            const std::uint16_t size = reader.u16();
            const std::size_t offset = reader.position();
            reader.skip(size);
            if (!reader.ok()) return name_problem(dns::NameStatus::truncated, message.size());
            if (record_type == dns::type_opt) continue;
            event.add_copy(section.name, name_, element);
            event.add_copy(section.type, dns::type_name(record_type, text_), element);
            event.add(section.ttl, Value::integer(ttl), element);
            text_.clear();
            dns::append_rdata(text_, record_type, message, offset, size);
            if (!text_.empty()) event.add_copy(section.data, text_, element);
            ++element;
        }
        return std::nullopt;
    }

    std::string name_, text_;
    std::size_t questions_read_ = 0;
};

/// One direction of a TCP connection: messages behind two octets of length.
struct Framing {
    std::string partial;  ///< prefix and message as far as they came; at most 2 + 65,535 octets
    bool lost = false;    ///< bytes are missing: where a message starts is unknown
};

class DnsParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        Framing& framing = framings_[chunk.direction == flow::Direction::to_server ? 0 : 1];
        if (chunk.gap_bytes > 0 || framing.lost) {
            framing.lost = true;
            framing.partial = {};
            return framings_[0].lost && framings_[1].lost ? ParseStatus::stop : ParseStatus::ok;
        }
        ByteView bytes = chunk.bytes;
        while (!bytes.empty()) {
            if (framing.partial.empty() && whole_message(bytes)) {
                ByteReader reader(bytes);
                message(reader.take(reader.u16()), chunk, out);
                bytes = reader.rest();
                continue;
            }
            const std::size_t taken = std::min(wanted(framing.partial), bytes.size());
            framing.partial += as_text(bytes.first(taken));
            bytes = bytes.subspan(taken);
            if (framing.partial.size() >= 2 && wanted(framing.partial) == 0) {
                const std::string whole = std::move(framing.partial);
                framing.partial = {};
                message(as_bytes(whole).subspan(2), chunk, out);
            }
        }
        return framing.partial.empty() ? ParseStatus::ok : ParseStatus::need_more;
    }

    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        const auto problem = to_event_.run(datagram.bytes, datagram.truncated, datagram.direction,
                                           datagram.time, out);
        if (!problem) return ParseStatus::ok;
        problem_ = *problem;
        return ParseStatus::malformed;
    }

    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + framings_[0].partial.capacity() + framings_[1].partial.capacity();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    static bool whole_message(ByteView bytes) {
        ByteReader reader(bytes);
        const std::size_t size = reader.u16();
        return reader.ok() && reader.remaining() >= size;
    }
    /// Octets that `partial` lacks of its prefix, or else of its message.
    static std::size_t wanted(const std::string& partial) {
        if (partial.size() < 2) return 2 - partial.size();
        ByteReader reader(as_bytes(partial));
        return 2 + std::size_t{reader.u16()} - partial.size();
    }
    /// A broken message does not break the framing: say so and go on.
    void message(ByteView bytes, const flow::StreamChunk& chunk, EventEmitter& out) {
        const auto problem = to_event_.run(bytes, false, chunk.direction, chunk.time, out);
        if (problem) out.anomaly(*problem, chunk.direction, chunk.time);
    }

    MessageToEvent to_event_;
    std::array<Framing, 2> framings_;
    ParseProblem problem_;
};

bool is_other_name_service(const flow::FlowInfo& flow) {
    for (const std::uint16_t port : {flow.client_port, flow.server_port})
        if (port == 5353 || port == 5355 || port == 137) return true;
    return false;
}

bool uses_dns_port(const flow::FlowInfo& flow) {
    return flow.client_port == 53 || flow.server_port == 53;
}

/// Whether the header could be DNS: known opcode and rcode, as many questions as sense allows.
bool is_plausible(const dns::Header& header, bool on_dns_port) {
    const bool known_opcode = header.opcode() <= 6 && header.opcode() != 3;
    const bool zero_bit = (header.flags & 0x0040U) == 0;
    if (on_dns_port) return known_opcode && header.questions <= 64;
    const bool modest = header.answers <= 256 && header.authorities <= 64 &&
                        header.additionals <= 64 && header.rcode() <= 10;
    const bool request_without_answers = header.is_response() || header.answers == 0;
    return known_opcode && zero_bit && modest && header.questions == 1 && request_without_answers;
}

/// Walks the questions (and with `all` every record). `unsure`: the bytes end first.
Probe walk(ByteReader& reader, ByteView message, const dns::Header& header, bool all) {
    std::string name;
    const std::size_t records =
        all ? std::size_t{header.answers} + header.authorities + header.additionals : 0;
    for (std::size_t i = 0; i < header.questions + records; ++i) {
        name.clear();
        const dns::NameStatus status = dns::read_name(reader, message, name);
        if (status == dns::NameStatus::truncated) return Probe::unsure;
        if (status != dns::NameStatus::ok) return Probe::not_mine;
        if (i < header.questions) {
            reader.skip(2);
            const unsigned asked_class = reader.u16() & 0x7FFFU;
            if (reader.ok() && asked_class > 4 && asked_class != 254 && asked_class != 255)
                return Probe::not_mine;
        } else {
            reader.skip(8);
            reader.skip(reader.u16());
        }
        if (!reader.ok()) return Probe::unsure;
    }
    return Probe::mine;
}

Probe probe_dns(ByteView bytes, flow::Direction, const flow::FlowInfo& flow) noexcept {
    // whoever asks port 53 from one of those ports asks for DNS all the same
    if (is_other_name_service(flow) && !uses_dns_port(flow)) return Probe::not_mine;
    const bool tcp = flow.ip_protocol == 6;
    ByteReader reader(bytes);
    const std::size_t size = tcp ? reader.u16() : bytes.size();
    const ByteView message = reader.rest().first(std::min(size, reader.remaining()));
    if (tcp && reader.ok() && size < dns::header_bytes) return Probe::not_mine;
    ByteReader inside(message);
    const dns::Header header = dns::read_header(inside);
    if (!inside.ok()) return tcp ? Probe::unsure : Probe::not_mine;
    const bool on_dns_port = uses_dns_port(flow);
    if (!is_plausible(header, on_dns_port)) return Probe::not_mine;
    if (on_dns_port) return Probe::mine;
    const Probe walked = walk(inside, message, header, !tcp);
    if (tcp) return walked == Probe::unsure && message.size() == size ? Probe::not_mine : walked;
    return walked == Probe::mine && inside.at_end() ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {53};
constexpr std::array<LimitInfo, 5> limits = {{
    {"message", max_message_bytes, "bytes"},
    {"name", dns::max_name_bytes, "bytes"},
    {"compression pointers of a name", dns::max_pointers, "pointers"},
    {"records reported per section", max_records, "records"},
    {"resource data of unknown types shown", dns::max_hex_bytes, "bytes"},
}};
constexpr std::array<std::string_view, 4> references = {"RFC 1035 section 4", "RFC 7766 section 8",
                                                        "RFC 6891", "RFC 3597 section 5"};

}  // namespace

const ProtocolEntry& dns_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "dns",
        .transport = Transport::tcp_and_udp,
        .ports = ports,
        .fields = fields_of_dns,
        .limits = limits,
        .references = references,
        .probe = probe_dns,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<DnsParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
