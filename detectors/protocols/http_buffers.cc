// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/http_buffers.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace persandian::protocols::http {
namespace {

constexpr Field request_header{"http.request_header", FieldKind::bytes,
                               "headers of the request, 'Name: value' and CRLF each"};
constexpr Field response_header{"http.response_header", FieldKind::bytes,
                                "headers of the response, likewise"};
constexpr Field request_header_names{
    "http.request_header_names", FieldKind::bytes,
    "names of the request's headers between CRLFs, in their order"};
constexpr Field response_header_names{"http.response_header_names", FieldKind::bytes,
                                      "names of the response's headers, likewise"};
constexpr Field request_line{"http.request_line", FieldKind::bytes, "method, target and version"};
constexpr Field response_line{"http.response_line", FieldKind::bytes,
                              "version, status and its words"};
constexpr Field request_start{"http.request_start", FieldKind::bytes,
                              "request line, then the names of the headers"};
constexpr Field response_start{"http.response_start", FieldKind::bytes,
                               "status line, then the names of the headers"};
constexpr Field status_message{"http.status_message", FieldKind::bytes,
                               "words after the status code"};

/// A header that has a field of its own.
struct HeaderField {
    Field field;
    std::string_view header;
};
constexpr std::array<HeaderField, 7> of_request = {{
    {{"http.cookie", FieldKind::bytes, "Cookie header of the request"}, "cookie"},
    {{"http.accept", FieldKind::bytes, "Accept header of the request"}, "accept"},
    {{"http.accept_encoding", FieldKind::bytes, "Accept-Encoding header of the request"},
     "accept-encoding"},
    {{"http.accept_language", FieldKind::bytes, "Accept-Language header of the request"},
     "accept-language"},
    {{"http.connection", FieldKind::bytes, "Connection header of the request"}, "connection"},
    {{"http.request_content_type", FieldKind::bytes, "Content-Type of the request"},
     "content-type"},
    {{"http.request_content_length", FieldKind::bytes, "Content-Length of the request"},
     "content-length"},
}};
constexpr std::array<HeaderField, 3> of_response = {{
    {{"http.set_cookie", FieldKind::bytes, "Set-Cookie header of the response"}, "set-cookie"},
    {{"http.server", FieldKind::bytes, "Server header of the response"}, "server"},
    {{"http.response_content_length", FieldKind::bytes, "Content-Length of the response"},
     "content-length"},
}};

constexpr std::array<const Field*, 9> of_heads = {
    &request_header, &response_header, &request_header_names, &response_header_names, &request_line,
    &response_line,  &request_start,   &response_start,       &status_message};
constexpr auto all_fields = [] {
    std::array<const Field*, of_heads.size() + of_request.size() + of_response.size()> all{};
    std::size_t i = 0;
    for (const Field* field : of_heads) all[i++] = field;
    for (const HeaderField& entry : of_request) all[i++] = &entry.field;
    for (const HeaderField& entry : of_response) all[i++] = &entry.field;
    return all;
}();

void append_line(std::string& out, const Message& message, bool is_request) {
    if (is_request) {
        out += message.method + ' ' + message.target;
        if (!message.version.empty()) out += ' ' + message.version;
    } else {
        out += fmt::format("{} {} {}", message.version, message.status, message.reason);
    }
}

void append_names(std::string& out, const Message& message) {
    out += "\r\n";
    for (const Header& header : message.headers) out += header.name + "\r\n";
    out += "\r\n";
}

/// The fields of one message's head.
struct HeadFields {
    const Field& header;
    const Field& names;
    const Field& line;
    const Field& start;
    std::span<const HeaderField> single;
    bool is_request;
};
constexpr HeadFields request_fields{request_header, request_header_names, request_line,
                                    request_start,  of_request,           true};
constexpr HeadFields response_fields{response_header, response_header_names, response_line,
                                     response_start,  of_response,           false};

void add_head(const EventEmitter& out, Event& event, const Message& message,
              const HeadFields& head) {
    std::string text;
    const auto add = [&](const Field& field) {
        event.add(field, Value::bytes(event.keep(text)));
        text.clear();
    };
    if (out.wants(head.header)) {
        for (const Header& header : message.headers)
            text += header.name + ": " + header.value + "\r\n";
        text += "\r\n";
        add(head.header);
    }
    if (out.wants(head.names)) {
        append_names(text, message);
        add(head.names);
    }
    if (out.wants(head.line)) {
        append_line(text, message, head.is_request);
        add(head.line);
    }
    if (out.wants(head.start)) {
        append_line(text, message, head.is_request);
        append_names(text, message);
        add(head.start);
    }
    for (const HeaderField& single : head.single)
        if (out.wants(single.field))
            if (const std::string* value = message.find(single.header))
                event.add(single.field, Value::bytes(*value));
}

}  // namespace

std::span<const Field* const> buffer_fields() noexcept {
    return all_fields;
}

void add_buffers(const EventEmitter& out, Event& event, const Message* request,
                 const Message* response) {
    if (!out.wants_any()) return;
    if (request != nullptr) add_head(out, event, *request, request_fields);
    if (response == nullptr) return;
    add_head(out, event, *response, response_fields);
    if (out.wants(status_message)) event.add(status_message, Value::bytes(response->reason));
}

}  // namespace persandian::protocols::http
