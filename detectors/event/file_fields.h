// SPDX-License-Identifier: Apache-2.0
//
// The fields of a file seen in transfer, whatever protocol carried it. Shaped as EVE's fileinfo.
#pragma once

#include <array>

#include "detectors/event/field.h"

namespace persandian::fields {

inline constexpr Field fileinfo_filename{"fileinfo.filename", FieldKind::text,
                                         "name as the protocol gives it, or the request's path",
                                         "EVE"};
inline constexpr Field fileinfo_host{"fileinfo.host", FieldKind::text,
                                     "host that was asked for it (HTTP)"};
inline constexpr Field fileinfo_url{"fileinfo.url", FieldKind::text,
                                    "request target that brought or took it (HTTP)"};
inline constexpr Field fileinfo_state{"fileinfo.state", FieldKind::text,
                                      "CLOSED: seen to its end; TRUNCATED: not", "EVE"};
inline constexpr Field fileinfo_size{"fileinfo.size", FieldKind::integer,
                                     "bytes seen, transfer encodings removed", "EVE"};
inline constexpr Field fileinfo_gaps{"fileinfo.gaps", FieldKind::boolean,
                                     "bytes are missing in its midst", "EVE"};
inline constexpr Field fileinfo_mime_type{"fileinfo.mimetype", FieldKind::text,
                                          "media type as the protocol gives it"};
inline constexpr Field fileinfo_magic{
    "fileinfo.magic", FieldKind::text,
    "what libmagic calls its first bytes; made only if a rule reads it", "EVE; libmagic"};
inline constexpr Field fileinfo_sha256{
    "fileinfo.sha256", FieldKind::text,
    "SHA-256 of all its bytes; only with state CLOSED and no gaps, if events are written or a rule "
    "reads it",
    "EVE"};
inline constexpr Field fileinfo_sha1{"fileinfo.sha1", FieldKind::text,
                                     "SHA-1, likewise, only if a rule reads it", "EVE"};
inline constexpr Field fileinfo_md5{"fileinfo.md5", FieldKind::text,
                                    "MD5, likewise, only if a rule reads it", "EVE"};
inline constexpr Field file_data{"file.data", FieldKind::bytes, "the first 4 KiB of the file"};

inline constexpr std::array<const Field*, 12> fileinfo = {
    &fileinfo_host,   &fileinfo_url,  &fileinfo_filename,  &fileinfo_state,
    &fileinfo_size,   &fileinfo_gaps, &fileinfo_mime_type, &fileinfo_magic,
    &fileinfo_sha256, &fileinfo_sha1, &fileinfo_md5,       &file_data};

}  // namespace persandian::fields
