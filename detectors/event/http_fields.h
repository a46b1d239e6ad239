// SPDX-License-Identifier: Apache-2.0
//
// The fields of an HTTP request and its response that both see: the wire (detectors/protocols) and
// a web server's access log (detectors/logs). Names follow EVE (Suricata 8), so that one rule reads
// both. What only the wire shows (headers, bodies) is declared by the protocol's own file.
#pragma once

#include <array>

#include "detectors/event/field.h"

namespace persandian::fields {

inline constexpr Field http_http_method{"http.http_method", FieldKind::text,
                                        "request method as sent", "EVE; RFC 9110 section 9"};
inline constexpr Field http_url{"http.url", FieldKind::text,
                                "request target as sent: path and query, nothing decoded",
                                "EVE; RFC 9112 section 3.2"};
inline constexpr Field http_uri_path{"http.uri_path", FieldKind::text,
                                     "request target up to the first '?', nothing decoded"};
inline constexpr Field http_uri_query{
    "http.uri_query", FieldKind::text,
    "request target after the first '?', nothing decoded; absent without '?'"};
inline constexpr Field http_protocol{"http.protocol", FieldKind::text, "HTTP/1.1 and the like",
                                     "EVE"};
inline constexpr Field http_status{"http.status", FieldKind::integer, "status code of the response",
                                   "EVE; RFC 9110 section 15"};
inline constexpr Field http_length{"http.length", FieldKind::integer, "bytes of the response body",
                                   "EVE"};
inline constexpr Field http_http_refer{"http.http_refer", FieldKind::text,
                                       "Referer header of the request", "EVE"};
inline constexpr Field http_http_user_agent{"http.http_user_agent", FieldKind::text,
                                            "User-Agent header of the request", "EVE"};
inline constexpr Field http_hostname{"http.hostname", FieldKind::text,
                                     "Host header of the request, or the log's virtual host",
                                     "EVE"};
inline constexpr Field http_http_content_type{"http.http_content_type", FieldKind::text,
                                              "Content-Type of the response", "EVE"};

inline constexpr std::array<const Field*, 11> http = {
    &http_http_method,     &http_url,      &http_uri_path,         &http_uri_query,
    &http_protocol,        &http_status,   &http_length,           &http_http_refer,
    &http_http_user_agent, &http_hostname, &http_http_content_type};

}  // namespace persandian::fields
