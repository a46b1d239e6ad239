// SPDX-License-Identifier: Apache-2.0
//
// IRC, the old command channel of botnets, on whatever port: one event per command that says who
// speaks where (NICK, USER, JOIN, PART, TOPIC, PRIVMSG, NOTICE, KICK, QUIT, OPER), of both sides.
// Numeric replies, PING and the like are read over. After STARTTLS the flow is probed anew.
//
// Source: RFC 1459 section 2.3, RFC 2812; fields after Zeek's irc.log.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/line_parser.h"
#include "detectors/protocols/text_scan.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_line_bytes = 2048;  ///< RFC 1459 says 512; tags of IRCv3 make it more
constexpr std::size_t max_parameters = 15;    ///< RFC 2812 section 2.3
constexpr std::uint32_t max_odd_lines = 16;   ///< without a command, then it is not IRC
constexpr std::size_t max_nick_bytes = 64;

constexpr Field command{"irc.command", FieldKind::text, "NICK, USER, JOIN, PRIVMSG, …",
                        "RFC 2812 section 3"};
constexpr Field nick{"irc.nick", FieldKind::text, "nickname of the client, as far as known",
                     "Zeek"};
constexpr Field user{"irc.user", FieldKind::text, "user name of the USER command", "Zeek"};
constexpr Field sender{"irc.sender", FieldKind::text,
                       "who says it, as the server names him: nick!user@host"};
constexpr Field target{"irc.target", FieldKind::text, "channel or nickname it is about"};
constexpr Field text{"irc.text", FieldKind::text, "message, topic, real name or reason"};

constexpr std::array<const Field*, 6> fields_of_irc = {&command, &nick,   &user,
                                                       &sender,  &target, &text};
constexpr std::array<std::string_view, 10> telling_commands = {
    "NICK", "USER", "JOIN", "PART", "TOPIC", "PRIVMSG", "NOTICE", "KICK", "QUIT", "OPER"};

struct Line {
    std::string_view prefix;
    std::string_view command;
    std::array<std::string_view, max_parameters> parameters;
    std::size_t count = 0;

    [[nodiscard]] std::string_view parameter(std::size_t i) const {
        return i < count ? parameters[i] : std::string_view{};
    }
    /// The last of at least `least` parameters.
    [[nodiscard]] std::string_view last(std::size_t least) const {
        return count >= least ? parameters[count - 1] : std::string_view{};
    }
};

bool is_command(std::string_view word) {
    const bool letters = std::all_of(word.begin(), word.end(), is_ascii_letter);
    const bool digits = word.size() == 3 && std::all_of(word.begin(), word.end(), [](char c) {
                            return c >= '0' && c <= '9';
                        });
    return !word.empty() && word.size() <= 16 && (letters || digits);
}

/// Nothing when it has no command.
std::optional<Line> read_line(std::string_view rest) {
    Line line;
    rest = trimmed(rest);
    if (rest.starts_with('@')) (void)take_word(rest);  // tags of IRCv3
    if (rest.starts_with(':')) line.prefix = take_word(rest).substr(1);
    line.command = take_word(rest);
    if (!is_command(line.command)) return std::nullopt;
    while (!rest.empty() && line.count < max_parameters) {
        const bool last = rest.starts_with(':') || line.count + 1 == max_parameters;
        line.parameters[line.count++] =
            last ? rest.substr(rest.starts_with(':') ? 1 : 0) : take_word(rest);
        if (last) break;
    }
    return line;
}

class IrcParser final : public LineParser {
  public:
    IrcParser() noexcept : LineParser(max_line_bytes) {}
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + held_by_lines() + nick_.capacity() + user_.capacity();
    }
    ParseProblem problem() const noexcept override {
        return {"not_irc", odd_lines_, max_odd_lines};
    }

  private:
    ParseStatus on_line(std::string_view raw, const flow::StreamChunk& chunk,
                        EventEmitter& out) override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        if (trimmed(raw).empty()) return ParseStatus::ok;
        const std::optional<Line> line = read_line(raw);
        if (!line) return ++odd_lines_ > max_odd_lines ? ParseStatus::malformed : ParseStatus::ok;
        if (!from_client && line->command == "670") return ParseStatus::upgrade;  // STARTTLS
        const auto known = std::find_if(
            telling_commands.begin(), telling_commands.end(),
            [&](std::string_view word) { return equals_ignoring_case(word, line->command); });
        if (known == telling_commands.end()) return ParseStatus::ok;
        if (from_client) remember(*known, *line);
        tell(*known, *line, from_client, chunk, out);
        return ParseStatus::ok;
    }

    void remember(std::string_view word, const Line& line) {
        if (word == "NICK") nick_ = line.parameter(0).substr(0, max_nick_bytes);
        if (word == "USER") user_ = line.parameter(0).substr(0, max_nick_bytes);
    }

    void tell(std::string_view word, const Line& line, bool from_client,
              const flow::StreamChunk& chunk, EventEmitter& out) {
        Event& event = out.begin("irc", chunk.direction, chunk.time);
        event.add(command, word);
        if (!nick_.empty()) event.add(nick, nick_);
        if (!user_.empty()) event.add(user, user_);
        if (!from_client && !line.prefix.empty()) event.add(sender, line.prefix);
        const bool has_target = word != "USER" && word != "QUIT" && word != "OPER";
        if (has_target && line.count > 0) event.add(target, line.parameter(0));
        // the second parameter of OPER is a password, that of JOIN a key
        const bool secret = word == "OPER" || word == "JOIN";
        const std::size_t least = word == "USER" ? 4 : has_target ? 2 : 1;
        if (!secret && line.count >= least) event.add(text, line.last(least));
        out.commit();
    }

    std::string nick_, user_;
    std::uint32_t odd_lines_ = 0;
};

bool is_nick(std::string_view word) {
    return !word.empty() && word.size() <= max_nick_bytes &&
           std::all_of(word.begin(), word.end(), [](char c) {
               return is_ascii_letter(c) || (c >= '0' && c <= '9') ||
                      std::string_view("-_[]\\`^{}|").find(c) != std::string_view::npos;
           });
}

/// What only IRC begins with: NICK and a nickname, USER and four parameters, a server's NOTICE.
/// PASS and CAP say nothing yet: the next line does.
Probe probe_line(std::string_view raw, bool to_server) {
    if (!is_printable(raw)) return Probe::not_mine;
    const std::optional<Line> line = read_line(raw);
    if (!line) return Probe::not_mine;
    if (!to_server) {
        const bool greets =
            line->command == "NOTICE" && line->count >= 2 &&
            (line->parameter(0) == "AUTH" || line->parameter(0) == "*" || !line->prefix.empty());
        const bool welcomes = line->command == "001" && !line->prefix.empty();
        return greets || welcomes ? Probe::mine : Probe::not_mine;
    }
    if (!line->prefix.empty()) return Probe::not_mine;
    if (line->command == "NICK" && line->count <= 2 && is_nick(line->parameter(0)))
        return Probe::mine;
    if (line->command == "USER" && line->count >= 4) return Probe::mine;
    const bool before = (line->command == "PASS" && line->count >= 1) ||
                        (line->command == "CAP" && line->parameter(0) == "LS");
    return before ? Probe::unsure : Probe::not_mine;
}

Probe probe_irc(ByteView bytes, flow::Direction direction, const flow::FlowInfo&) noexcept {
    const bool to_server = direction == flow::Direction::to_server;
    std::string_view rest = as_text(bytes);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const Probe answer = line.empty() ? Probe::unsure : probe_line(line, to_server);
        if (answer != Probe::unsure) return answer;
        rest.remove_prefix(end + 1);
    }
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (!is_printable(rest)) return Probe::not_mine;
    if (!to_server) return Probe::unsure;
    for (const std::string_view known : {"NICK", "USER", "PASS", "CAP"})
        if (known.starts_with(word)) return Probe::unsure;
    return Probe::not_mine;
}

constexpr std::array<std::uint16_t, 7> ports = {6667, 6666, 6668, 6669, 6660, 6665, 7000};
constexpr std::array<LimitInfo, 3> limits = {{{"line", max_line_bytes, "bytes"},
                                              {"parameters", max_parameters, "words"},
                                              {"lines without a command", max_odd_lines, "lines"}}};
constexpr std::array<std::string_view, 2> references = {"RFC 1459 section 2.3",
                                                        "RFC 2812 section 3"};

}  // namespace

const ProtocolEntry& irc_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "irc",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_irc,
        .limits = limits,
        .references = references,
        .probe = probe_irc,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<IrcParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
