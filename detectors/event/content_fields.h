// SPDX-License-Identifier: Apache-2.0
//
// The fields through which rules read what was sent, byte for byte. No JSON has bytes.
#pragma once

#include <array>

#include "detectors/event/field.h"
#include "detectors/event/file_fields.h"

namespace persandian::fields {

inline constexpr Field payload{"payload", FieldKind::bytes,
                               "a datagram, or up to 4 KiB of one side's turn in a TCP stream"};
inline constexpr Field payload_length{"payload_length", FieldKind::integer, "bytes of payload"};
inline constexpr Field payload_offset{
    "payload_offset", FieldKind::integer,
    "bytes of the direction before those of payload; 0 for datagrams"};
inline constexpr Field direction{"direction", FieldKind::text, "to_server or to_client, of payload",
                                 "EVE"};
inline constexpr Field tls_certificate{"tls.certificate", FieldKind::bytes,
                                       "the server's own certificate in DER", "RFC 5280"};

inline constexpr std::array<const Field*, 4> content = {&payload, &payload_length, &payload_offset,
                                                        &direction};
/// Fields whose values are always bytes.
inline constexpr std::array<const Field*, 3> only_bytes = {&payload, &tls_certificate, &file_data};

}  // namespace persandian::fields
