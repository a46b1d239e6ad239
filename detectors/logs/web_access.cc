// SPDX-License-Identifier: Apache-2.0
//
// Access logs of web servers in the common and combined form (Apache, nginx, LiteSpeed, Caddy's
// common form), with or without a virtual host in front. The log's own escaping (\" \\ \xHH) is
// undone; percent-encoding of the request is not: that is the rules' matter.
// Source of truth: Apache mod_log_config, "Common Log Format"; nginx ngx_http_log_module.
#include <algorithm>
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/event/http_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

using namespace persandian::fields;

constexpr Field http_request{"http.request", FieldKind::text,
                             "request line that is not METHOD URI PROTOCOL, as sent"};
constexpr Field http_client_host{"http.client_host", FieldKind::text,
                                 "name of the client when the log gives no address"};
constexpr Field http_ident{"http.ident", FieldKind::text, "identity by RFC 1413, when asked for"};
constexpr Field http_extra{"http.extra", FieldKind::text,
                           "what the log format adds after the combined form, as it stands"};

constexpr std::array<const Field*, 14> all_fields = {
    &http_http_method,     &http_url,      &http_uri_path, &http_uri_query,
    &http_protocol,        &http_status,   &http_length,   &http_http_refer,
    &http_http_user_agent, &http_hostname, &http_request,  &http_client_host,
    &http_ident,           &http_extra};

struct Quoted {
    std::string_view text;
    bool escaped = false;  ///< holds a backslash
};

/// All parts of a line; views into it.
struct Reading {
    std::string_view vhost;
    std::string_view client;
    std::string_view ident;
    std::string_view user;
    Timestamp time;
    Quoted request;
    std::optional<std::uint64_t> status;
    std::optional<std::uint64_t> length;
    std::optional<Quoted> referer;
    std::optional<Quoted> user_agent;
    std::string_view extra;
};

/// "08/Jun" as web servers write it, "06/08" (month first) as cPanel does.
bool read_date(TextScanner& in, CalendarTime& time) noexcept {
    const auto first = in.number(2);
    if (!first || !in.literal("/")) return false;
    time.month = month_number(in.rest().substr(0, 3));
    if (time.month != 0) {
        time.day = *first;
        in.skip(3);
        return true;
    }
    const auto second = in.number(2);
    time.month = *first;
    time.day = second.value_or(0);
    return second.has_value();
}

/// "08/Jun/2026:07:01:28 +0800]"
std::optional<Timestamp> read_time(TextScanner& in) noexcept {
    TextScanner ahead = in;
    CalendarTime time;
    if (!read_date(ahead, time) || !ahead.literal("/")) return std::nullopt;
    const auto year = ahead.number(4);
    if (!year || !ahead.literal(":")) return std::nullopt;
    const auto hour = ahead.number(2);
    if (!hour || !ahead.literal(":")) return std::nullopt;
    const auto minute = ahead.number(2);
    if (!minute || !ahead.literal(":")) return std::nullopt;
    const auto second = ahead.number(2);
    if (!second || !ahead.literal(" ")) return std::nullopt;
    const int sign = ahead.peek() == '-' ? -1 : 1;
    if (!ahead.literal("-") && !ahead.literal("+")) return std::nullopt;
    const auto zone = ahead.number(4);
    if (!zone || *zone > 2359 || !ahead.literal("]")) return std::nullopt;
    time.year = static_cast<int>(*year);
    time.hour = *hour;
    time.minute = *minute;
    time.second = *second;
    in = ahead;
    return from_calendar(time, sign * static_cast<int>(*zone / 100 * 60 + *zone % 100));
}

/// `"…"` with backslash escapes; nullopt when no quote closes it.
std::optional<Quoted> read_quoted(TextScanner& in) noexcept {
    TextScanner ahead = in;
    if (!ahead.literal("\"")) return std::nullopt;
    Quoted out;
    const std::string_view rest = ahead.rest();
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '"') {
        const bool backslash = rest[end] == '\\';
        out.escaped = out.escaped || backslash;
        end += backslash ? 2U : 1U;
    }
    if (end >= rest.size()) return std::nullopt;
    out.text = rest.substr(0, end);
    in = ahead;
    in.skip(end + 1);
    return out;
}

/// `-` or a number, then a blank or the end.
bool read_number(TextScanner& in, std::optional<std::uint64_t>& out) noexcept {
    in.spaces();
    const std::string_view word = in.word();
    if (word == "-") return true;
    out = decimal(word);
    return out.has_value();
}

bool is_address(std::string_view text) noexcept {
    return IpAddress::parse(text).has_value();
}

/// `[vhost[:port] ]client ident user`; the user may hold blanks.
bool read_who(std::string_view text, Reading& out) noexcept {
    TextScanner in(text);
    std::string_view first = in.word();
    if (!in.literal(" ")) return false;
    TextScanner ahead = in;
    std::string_view second = ahead.word();
    if (second.ends_with(',')) second.remove_suffix(1);
    const bool four_words = std::count(in.rest().begin(), in.rest().end(), ' ') == 2;
    if (!is_address(first) && !first.ends_with(',') && (is_address(second) || four_words) &&
        ahead.literal(" ")) {
        out.vhost = first;
        first = second;
        in = ahead;
    }
    while (first.ends_with(',') || in.rest().starts_with(',')) {  // list of X-Forwarded-For
        if (first.ends_with(',')) first.remove_suffix(1);
        (void)in.word();
        if (!in.literal(" ")) return false;
    }
    out.client = first;
    out.ident = in.word();
    if (first.empty() || out.ident.empty()) return false;
    if (in.at_end()) {  // "ADDRESS - [time]": no user
        out.user = "-";
        return is_address(first);
    }
    if (!in.literal(" ")) return false;
    out.user = in.rest();
    return !out.user.empty();
}

/// Finds ` [time] "request"` and what stands before it. The user name is the client's choice and
/// may look like a time, but its quotes are escaped: the first time that a quoted request follows
/// counts.
bool read_time_and_request(std::string_view text, TextScanner& in, Reading& out) noexcept {
    while (in.until(" [")) {
        const std::size_t who_end = text.size() - in.rest().size() - 2;
        const auto time = read_time(in);
        if (!time) continue;
        in.spaces();
        const auto request = read_quoted(in);
        if (!request) continue;
        out.time = *time;
        out.request = *request;
        return read_who(text.substr(0, who_end), out);
    }
    return false;
}

std::optional<Reading> read(std::string_view text) noexcept {
    Reading out;
    TextScanner in(text);
    if (!read_time_and_request(text, in, out)) return std::nullopt;
    if (!read_number(in, out.status) || !read_number(in, out.length)) return std::nullopt;
    in.spaces();
    out.referer = read_quoted(in);
    if (out.referer) {
        in.spaces();
        out.user_agent = read_quoted(in);
    }
    out.extra = trimmed(in.rest());
    return out;
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Undoes the log's escaping; an escape that is none of its own stays as it is.
std::string unescaped(std::string_view text) {
    constexpr std::string_view letters = "\"\\ntrbvf";
    constexpr std::string_view meanings = "\"\\\n\t\r\b\v\f";
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char next = text[i + 1];
        const std::size_t letter = letters.find(next);
        if (letter != std::string_view::npos) {
            out += meanings[letter];
            ++i;
        } else if (next == 'x' && i + 3 < text.size() && hex_digit(text[i + 2]) >= 0 &&
                   hex_digit(text[i + 3]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// The text itself, or its unescaped copy in the event's memory.
std::string_view plain(Event& event, const Quoted& quoted) {
    return quoted.escaped ? event.keep(unescaped(quoted.text)) : quoted.text;
}

void add_quoted(Event& event, const Field& field, const std::optional<Quoted>& quoted) {
    if (quoted && quoted->text != "-") event.add(field, plain(event, *quoted));
}

/// METHOD URI PROTOCOL; the URI may hold blanks. Anything else stays one raw text.
void add_request(Event& event, const Quoted& quoted) {
    const std::string_view request = plain(event, quoted);
    if (quoted.text == "-") return;
    const std::size_t method_end = request.find(' ');
    const std::size_t protocol_at = request.rfind(" HTTP/");
    if (method_end == std::string_view::npos || protocol_at == std::string_view::npos ||
        method_end == 0 || protocol_at <= method_end ||
        request.find(' ', protocol_at + 1) != std::string_view::npos) {
        event.add(http_request, request);
        return;
    }
    const std::string_view url = request.substr(method_end + 1, protocol_at - method_end - 1);
    const std::size_t question = url.find('?');
    event.add(http_http_method, request.substr(0, method_end));
    event.add(http_url, url);
    event.add(http_uri_path, url.substr(0, question));
    if (question != std::string_view::npos) event.add(http_uri_query, url.substr(question + 1));
    event.add(http_protocol, request.substr(protocol_at + 1));
}

void add_who(Event& event, const Reading& reading) {
    if (const auto ip = IpAddress::parse(reading.client)) {
        event.add(src_ip, Value::address(*ip));
    } else if (reading.client != "-") {
        event.add(http_client_host, reading.client);
    }
    if (!reading.vhost.empty() && reading.vhost != "-") {
        const std::size_t colon = reading.vhost.rfind(':');
        const auto port = colon == std::string_view::npos
                              ? std::nullopt
                              : decimal(reading.vhost.substr(colon + 1));
        event.add(http_hostname, port ? reading.vhost.substr(0, colon) : reading.vhost);
        const std::uint64_t number = port.value_or(UINT64_MAX);
        if (number <= 65'535) event.add(dest_port, Value::unsigned_integer(number));
    }
    if (reading.ident != "-") event.add(http_ident, reading.ident);
    if (reading.user != "-") event.add(user_name, reading.user);
}

class WebAccessParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        const auto reading = read(line.text);
        if (!reading) return ParseStatus::not_mine;
        Event& event = out.begin(line, reading->time);
        add_who(event, *reading);
        add_request(event, reading->request);
        if (reading->status) event.add(http_status, Value::unsigned_integer(*reading->status));
        if (reading->length) event.add(http_length, Value::unsigned_integer(*reading->length));
        add_quoted(event, http_http_refer, reading->referer);
        add_quoted(event, http_http_user_agent, reading->user_agent);
        if (!reading->extra.empty()) event.add(http_extra, reading->extra);
        out.commit();
        return ParseStatus::ok;
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}
};

unsigned probe(std::string_view text) noexcept {
    return read(text) ? 90 : 0;
}

constexpr std::array<std::string_view, 2> references = {
    "Apache HTTP Server: mod_log_config, Common Log Format", "nginx: ngx_http_log_module"};

constexpr LogEntry entry = {
    .name = "web_access",
    .description = "access logs of web servers, common and combined form",
    .fields = all_fields,
    .references = references,
    .within = {},
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<WebAccessParser>()); }};

}  // namespace

const LogEntry& web_access_entry() noexcept;
const LogEntry& web_access_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
