// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/http_event.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/encoding.h"
#include "detectors/event/file_fields.h"
#include "detectors/event/http_fields.h"

namespace persandian::protocols::http {
namespace {

constexpr Field http_port{"http.http_port", FieldKind::integer, "port in the Host header, if any",
                          "EVE"};
constexpr Field redirect{"http.redirect", FieldKind::text, "Location header of the response",
                         "EVE"};
constexpr Field xff{"http.xff", FieldKind::text, "X-Forwarded-For header of the request"};
constexpr Field basic_user{"http.basic_user", FieldKind::text,
                           "user of Basic credentials; the password is never kept", "RFC 7617"};
constexpr Field request_header_name{"http.request_headers[].name", FieldKind::text,
                                    "name of a request header as sent", "EVE"};
constexpr Field request_header_value{"http.request_headers[].value", FieldKind::text,
                                     "its value; credentials are cut to their scheme", "EVE"};
constexpr Field response_header_name{"http.response_headers[].name", FieldKind::text,
                                     "name of a response header as sent", "EVE"};
constexpr Field response_header_value{"http.response_headers[].value", FieldKind::text, "its value",
                                      "EVE"};
constexpr Field request_body{
    "http.request_body", FieldKind::text,
    "first 4096 bytes of the request's body, decoded; binary: for rules only"};
constexpr Field request_length{"http.request_length", FieldKind::integer,
                               "bytes of the request's body"};
constexpr Field response_body{
    "http.response_body", FieldKind::text,
    "first 4096 bytes of the response's body, decoded; binary: for rules only"};

constexpr std::size_t own_fields = 11;
constexpr auto all_fields = [] {
    std::array<const Field*, fields::http.size() + own_fields> all{};
    std::size_t i = 0;
    for (const Field* field : fields::http) all[i++] = field;
    for (const Field* field : {&http_port, &redirect, &xff, &basic_user, &request_header_name,
                               &request_header_value, &response_header_name, &response_header_value,
                               &request_body, &request_length, &response_body})
        all[i++] = field;
    return all;
}();

/// Host and port out of "host", "host:port", "[v6]:port".
struct Authority {
    std::string_view host;
    std::optional<std::uint16_t> port;
};

Authority split_authority(std::string_view text) {
    text = text.substr(text.rfind('@') == std::string_view::npos ? 0 : text.rfind('@') + 1);
    const std::size_t bracket = text.find(']');
    const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    Authority authority{text.substr(0, colon), std::nullopt};
    if (colon == std::string_view::npos) return authority;
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [stopped, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error == std::errc() && stopped == digits.data() + digits.size()) authority.port = port;
    return authority;
}

/// The authority part of "http://host:port/path", or of a CONNECT target; empty when there is none.
std::string_view authority_of_target(const Message& request) {
    if (request.method == "CONNECT") return request.target;
    const std::string_view target = request.target;
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos || scheme > 10 || target.starts_with('/')) return {};
    const std::string_view rest = target.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/?#"));
}

bool is_credentials(std::string_view header) {
    return equals_ignoring_case(header, "authorization") ||
           equals_ignoring_case(header, "proxy-authorization");
}

/// Text for people and rules; a body with NUL in its first bytes is a picture or a program.
bool is_textual(std::string_view body) {
    return body.substr(0, 256).find('\0') == std::string_view::npos;
}

void add_header(Event& event, const Message& message, std::string_view name, const Field& field) {
    if (const std::string* value = message.find(name)) event.add(field, *value);
}

void add_basic_user(Event& event, const Message& request) {
    const std::string* value = request.find("authorization");
    if (value == nullptr || value->size() < 6 ||
        !equals_ignoring_case(std::string_view(*value).substr(0, 6), "basic "))
        return;
    std::string_view encoded = std::string_view(*value).substr(6);
    encoded = encoded.substr(std::min(encoded.find_first_not_of(' '), encoded.size()));
    const auto decoded = base64_decode(encoded);
    if (!decoded || decoded->find(':') == std::string::npos) return;
    event.add_copy(basic_user, decoded->substr(0, decoded->find(':')));
}

Authority authority_of(const Message& request) {
    const std::string* host = request.find("host");
    if (host != nullptr && !host->empty()) return split_authority(*host);
    return split_authority(authority_of_target(request));
}

void add_request(Event& event, const Message& request) {
    const Authority authority = authority_of(request);
    if (!authority.host.empty()) event.add(fields::http_hostname, authority.host);
    if (authority.port) event.add(http_port, Value::integer(*authority.port));
    const std::string_view target = request.target;
    event.add(fields::http_url, target);
    const std::size_t question = target.find('?');
    event.add(fields::http_uri_path, target.substr(0, question));
    if (question != std::string_view::npos)
        event.add(fields::http_uri_query, target.substr(question + 1));
    add_header(event, request, "user-agent", fields::http_http_user_agent);
    add_header(event, request, "x-forwarded-for", xff);
    add_header(event, request, "referer", fields::http_http_refer);
    event.add(fields::http_http_method, request.method);
    add_basic_user(event, request);
    if (request.body_bytes > 0)
        event.add(request_length, Value::unsigned_integer(request.body_bytes));
}

void add_headers(Event& event, const Message& message, const Field& name, const Field& value) {
    for (std::size_t i = 0; i < message.headers.size(); ++i) {
        const Header& header = message.headers[i];
        const std::string_view text = header.value;
        event.add(name, header.name, i);
        event.add(value, is_credentials(header.name) ? text.substr(0, text.find(' ')) : text, i);
    }
}

void add_body(Event& event, const Message& message, const Field& field) {
    if (message.body.empty()) return;
    event.add(field,
              is_textual(message.body) ? Value::text(message.body) : Value::bytes(message.body));
}

}  // namespace

std::span<const Field* const> event_fields() noexcept {
    return all_fields;
}

void add_file_context(Event& event, const Message* request) {
    if (request == nullptr) return;
    const Authority authority = authority_of(*request);
    if (!authority.host.empty()) event.add(fields::fileinfo_host, authority.host);
    event.add(fields::fileinfo_url, request->target);
}

std::string_view file_name(const Message& carrier, const Message* request) {
    const std::string* disposition = carrier.find("content-disposition");
    if (disposition != nullptr) {
        const std::string_view text = *disposition;
        std::size_t at = text.find("filename=");
        if (at != std::string_view::npos) {
            at += 9;
            const bool quoted = at < text.size() && text[at] == '"';
            const std::string_view name = text.substr(at + (quoted ? 1 : 0));
            return name.substr(0, name.find(quoted ? '"' : ';'));
        }
    }
    if (request == nullptr) return {};
    const std::string_view target = request->target;
    return target.substr(0, target.find('?'));
}

void add_transaction(Event& event, const Message* request, const Message* response) {
    if (request != nullptr) add_request(event, *request);
    const Message& spoken = request != nullptr ? *request : *response;
    if (!spoken.version.empty()) event.add(fields::http_protocol, spoken.version);
    if (response != nullptr) {
        event.add(fields::http_status, Value::integer(response->status));
        add_header(event, *response, "location", redirect);
        add_header(event, *response, "content-type", fields::http_http_content_type);
        event.add(fields::http_length, Value::unsigned_integer(response->body_bytes));
    }
    if (request != nullptr) {
        add_headers(event, *request, request_header_name, request_header_value);
        add_body(event, *request, request_body);
    }
    if (response != nullptr) {
        add_headers(event, *response, response_header_name, response_header_value);
        add_body(event, *response, response_body);
    }
}

}  // namespace persandian::protocols::http
