// SPDX-License-Identifier: Apache-2.0
//
// FTP, the control connection: one event per command with its replies. PORT, EPRT, PASV and EPSV
// announce the data connection, which ftp_data.cc reads. Passwords are left out. After AUTH TLS the
// flow is probed anew.
//
// Source: RFC 959 sections 4.1, 4.2, 5.3; RFC 2428 (EPRT, EPSV); RFC 4217 section 4 (AUTH). Names
// as in EVE.
#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/protocols/line_parser.h"
#include "detectors/protocols/text_scan.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_line_bytes = 4096;  ///< longer ones are cut
constexpr std::size_t max_reply_lines = 64;   ///< kept of one reply
constexpr std::size_t max_pending = 32;       ///< commands that wait for their replies
constexpr std::uint32_t max_odd_lines = 16;   ///< that are no reply, then it is not FTP
constexpr std::size_t max_user_bytes = 256;

constexpr Field command{"ftp.command", FieldKind::text, "command in capitals",
                        "EVE; RFC 959 section 4.1"};
constexpr Field command_data{"ftp.command_data", FieldKind::text,
                             "its argument; that of PASS is left out", "EVE"};
constexpr Field user{"ftp.user", FieldKind::text, "name of the last USER command", "Zeek"};
constexpr Field reply{"ftp.reply[]", FieldKind::text, "lines of the replies, without their codes",
                      "EVE; RFC 959 section 4.2"};
constexpr Field completion_code{"ftp.completion_code[]", FieldKind::text,
                                "codes of the replies, 1yz before the last one", "EVE"};
constexpr Field reply_received{"ftp.reply_received", FieldKind::text, "yes or no", "EVE"};
constexpr Field dynamic_port{"ftp.dynamic_port", FieldKind::integer,
                             "port agreed on for the data connection", "EVE"};
constexpr Field mode{"ftp.mode", FieldKind::text,
                     "active: the server connects; passive: the client does", "EVE"};

constexpr std::array<const Field*, 8> fields_of_ftp = {
    &command,         &command_data,   &user,         &reply,
    &completion_code, &reply_received, &dynamic_port, &mode};

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
};

/// "h1,h2,h3,h4,p1,p2" wherever it stands in `text`; RFC 959 section 4.1.2.
std::optional<Endpoint> read_host_port(std::string_view text) {
    const std::size_t begin = text.find_first_of("0123456789");
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin);
    std::array<std::uint8_t, 6> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto octet = number_in<std::uint8_t>(text.substr(0, end));
        if (!octet) return std::nullopt;
        octets[i] = *octet;
        text.remove_prefix(end);
        if (i + 1 == octets.size()) break;
        if (!text.starts_with(',')) return std::nullopt;
        text.remove_prefix(1);
    }
    const auto word = [&](std::size_t i) { return static_cast<std::uint32_t>(octets[i]); };
    return Endpoint{IpAddress::v4(word(0) << 24U | word(1) << 16U | word(2) << 8U | word(3)),
                    static_cast<std::uint16_t>(word(4) << 8U | word(5))};
}

/// "|1|192.0.2.1|4000|" or "|||4000|", with any delimiter; RFC 2428 sections 2 and 3. The address
/// is that of `otherwise` when it is left out.
std::optional<Endpoint> read_extended(std::string_view text, const IpAddress& otherwise) {
    if (text.size() < 4) return std::nullopt;
    const char delimiter = text[0];
    std::array<std::string_view, 3> parts;
    text.remove_prefix(1);
    for (std::string_view& part : parts) {
        const std::size_t end = text.find(delimiter);
        if (end == std::string_view::npos) return std::nullopt;
        part = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    const auto port = number_in<std::uint16_t>(parts[2]);
    const auto address = parts[1].empty() ? std::optional(otherwise) : IpAddress::parse(parts[1]);
    if (!port || !address) return std::nullopt;
    return Endpoint{*address, *port};
}

/// A command and what was answered so far.
struct Exchange {
    std::string command, argument;
    std::vector<std::string> lines;
    std::vector<std::string> codes;
    std::optional<std::uint16_t> port;
    bool passive = false;

    [[nodiscard]] std::size_t held_bytes() const {
        std::size_t bytes = sizeof(*this) + command.capacity() + argument.capacity();
        for (const std::string& line : lines) bytes += sizeof(line) + line.size();
        return bytes;
    }
};

class FtpParser final : public LineParser {
  public:
    FtpParser() noexcept : LineParser(max_line_bytes) {}
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) emit(time, out);
    }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + held_by_lines() + pending_bytes_;
    }
    ParseProblem problem() const noexcept override {
        return {"not_ftp", odd_lines_, max_odd_lines};
    }

  private:
    ParseStatus on_line(std::string_view line, const flow::StreamChunk& chunk,
                        EventEmitter& out) override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        return from_client ? on_command(line, chunk, out) : on_reply(line, chunk, out);
    }

    ParseStatus on_command(std::string_view line, const flow::StreamChunk& chunk,
                           EventEmitter& out) {
        // ABOR and STAT come behind Telnet's interrupt: IAC IP IAC DM
        line.remove_prefix(std::min(line.find_first_not_of("\xFF\xF4\xF2"), line.size()));
        if (trimmed(line).empty()) return ParseStatus::ok;
        if (pending_.size() >= max_pending) {
            out.anomaly({"too_many_commands", pending_.size(), max_pending}, chunk.direction,
                        chunk.time);
            emit(chunk.time, out);
        }
        Exchange& exchange = pending_.emplace_back();
        const std::string_view word = take_word(line);
        exchange.command.resize(word.size());
        std::transform(word.begin(), word.end(), exchange.command.begin(),
                       [](char c) { return ascii_upper(c); });
        if (exchange.command == "USER") user_ = line.substr(0, max_user_bytes);
        if (exchange.command != "PASS" && exchange.command != "ACCT") exchange.argument = line;
        if (exchange.command == "PORT") on_active(read_host_port(line), exchange, chunk, out);
        if (exchange.command == "EPRT")
            on_active(read_extended(line, chunk.flow.client), exchange, chunk, out);
        note_transfer(exchange);
        pending_bytes_ += exchange.held_bytes();
        return ParseStatus::ok;
    }

    void on_active(const std::optional<Endpoint>& where, Exchange& exchange,
                   const flow::StreamChunk& chunk, EventEmitter& out) {
        if (!where) return;
        if (where->address != chunk.flow.client)  // a third party is to be connected to
            out.anomaly({"ftp_bounce", where->port, 0}, chunk.direction, chunk.time);
        announce(*where, exchange, chunk, out);
    }

    void announce(const Endpoint& where, Exchange& exchange, const flow::StreamChunk& chunk,
                  EventEmitter& out) {
        exchange.port = where.port;
        transfer_ = std::make_shared<std::string>();
        out.announce(
            {.server = where.address, .port = where.port, .entry = "ftp-data", .note = transfer_},
            chunk.time);
    }

    /// What the data connection that was agreed on last is for.
    void note_transfer(const Exchange& exchange) {
        constexpr std::array<std::string_view, 8> transfers = {"RETR", "STOR", "STOU", "APPE",
                                                               "LIST", "NLST", "MLSD", "MLST"};
        if (transfer_ == nullptr || !transfer_->empty() ||
            std::find(transfers.begin(), transfers.end(), exchange.command) == transfers.end())
            return;
        *transfer_ = exchange.command + ' ' + exchange.argument;
    }

    ParseStatus on_reply(std::string_view line, const flow::StreamChunk& chunk, EventEmitter& out) {
        const std::string_view code = reply_code(line);
        const bool has_code = !code.empty();
        const bool ends = has_code && (line.size() == 3 || line[3] != '-');
        const bool is_first = open_code_.empty();
        if (is_first && !has_code)
            return ++odd_lines_ > max_odd_lines ? ParseStatus::malformed : ParseStatus::ok;
        if (pending_.empty()) pending_bytes_ += pending_.emplace_back().held_bytes();
        Exchange& exchange = pending_.front();
        if (is_first) {
            open_code_ = code;
            exchange.codes.emplace_back(code);
        }
        const bool closes = ends && code == open_code_;
        if (exchange.lines.size() < max_reply_lines) {
            exchange.lines.emplace_back(
                line.substr(has_code && (is_first || closes) && line.size() > 3 ? 4 : 0));
            pending_bytes_ += sizeof(std::string) + exchange.lines.back().size();
        }
        return closes ? on_whole_reply(exchange, line, chunk, out) : ParseStatus::ok;
    }

    ParseStatus on_whole_reply(Exchange& exchange, std::string_view line,
                               const flow::StreamChunk& chunk, EventEmitter& out) {
        const std::string code = std::exchange(open_code_, {});
        if (code == "227" || code == "229") {
            // behind the parenthesis, else behind the code
            const std::size_t open = line.find('(');
            const std::string_view where =
                line.substr(open == std::string_view::npos ? code.size() : open + 1);
            std::optional<Endpoint> passive =
                code == "227" ? read_host_port(where) : read_extended(where, chunk.flow.server);
            exchange.passive = true;
            if (passive) {  // behind address translation it says another address than it has
                passive->address = chunk.flow.server;
                announce(*passive, exchange, chunk, out);
            }
        }
        if (code[0] == '1') return ParseStatus::ok;  // another one follows
        const bool secured = code == "234" && exchange.command == "AUTH";
        emit(chunk.time, out);
        return secured ? ParseStatus::upgrade : ParseStatus::ok;
    }

    void emit(Timestamp time, EventEmitter& out) {
        const Exchange& exchange = pending_.front();
        Event& event = out.begin("ftp", flow::Direction::to_server, time);
        if (!exchange.command.empty()) event.add(command, exchange.command);
        if (!exchange.argument.empty()) event.add(command_data, exchange.argument);
        if (!user_.empty()) event.add(user, user_);
        for (std::size_t i = 0; i < exchange.lines.size(); ++i)
            event.add(reply, exchange.lines[i], i);
        for (std::size_t i = 0; i < exchange.codes.size(); ++i)
            event.add(completion_code, exchange.codes[i], i);
        event.add(reply_received, exchange.codes.empty() ? "no" : "yes");
        if (exchange.port) {
            event.add(dynamic_port, Value::unsigned_integer(*exchange.port));
            event.add(mode, exchange.passive ? "passive" : "active");
        }
        out.commit();
        pending_bytes_ -= std::min(pending_bytes_, exchange.held_bytes());
        pending_.pop_front();
        if (pending_.empty()) pending_bytes_ = 0;
    }

    std::deque<Exchange> pending_;  ///< oldest first
    std::size_t pending_bytes_ = 0;
    std::string open_code_;  ///< of the reply that is being read
    std::string user_;
    std::shared_ptr<std::string> transfer_;  ///< note of the last announcement
    std::uint32_t odd_lines_ = 0;
};

/// A server's greeting; SMTP greets alike, so off the port the word FTP must stand in it.
Probe probe_ftp(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    const std::string_view text = as_text(bytes);
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, std::min(end, text.size()));
    const bool on_port = flow.server_port == 21;
    if (direction == flow::Direction::to_server) {
        if (!on_port) return Probe::not_mine;
        const std::string_view word = line.substr(0, line.find_first_of(" \r"));
        constexpr std::array<std::string_view, 5> first = {"USER", "AUTH", "FEAT", "SYST", "HELP"};
        for (const std::string_view known : first) {
            if (equals_ignoring_case(word, known) && word.size() < line.size()) return Probe::mine;
            if (starts_with_ignoring_case(known, word)) return Probe::unsure;
        }
        return Probe::not_mine;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(line.size(), 4); ++i) {
        const bool fits = i < 3 ? line[i] >= '0' && line[i] <= '9'
                                : line[i] == ' ' || line[i] == '-' || line[i] == '\r';
        if (!fits) return Probe::not_mine;
    }
    if (line.size() >= 3 && (line[0] != '2' || line[1] != '2') && !on_port) return Probe::not_mine;
    if (line.size() >= 4 && on_port) return Probe::mine;
    const std::string lower = ascii_lower(text);
    if (line.size() >= 4 && lower.find("ftp") != std::string::npos &&
        lower.find("smtp") == std::string::npos)
        return Probe::mine;
    const bool goes_on = line.size() > 3 && line[3] == '-';
    return end == std::string_view::npos || goes_on ? Probe::unsure : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 2> ports = {21, 2121};
constexpr std::array<LimitInfo, 4> limits = {{{"line", max_line_bytes, "bytes"},
                                              {"lines kept of a reply", max_reply_lines, "lines"},
                                              {"commands without reply", max_pending, "commands"},
                                              {"lines that are no reply", max_odd_lines, "lines"}}};
constexpr std::array<std::string_view, 3> references = {"RFC 959", "RFC 2428", "RFC 4217"};

}  // namespace

const ProtocolEntry& ftp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "ftp",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_ftp,
        .limits = limits,
        .references = references,
        .probe = probe_ftp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<FtpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
