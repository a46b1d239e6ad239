// SPDX-License-Identifier: Apache-2.0
//
// The documents of a YAML file in a compact binary form, so that a file that has not changed need
// not be parsed again. Private to one version of the program: not a format for exchange.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/derived_cache.h"
#include "detectors/base/yaml.h"

namespace persandian::yaml {

[[nodiscard]] std::string encode_documents(const std::vector<Document>& documents);
/// nullopt when `bytes` is not what encode_documents() writes for a file of `text_size` bytes.
[[nodiscard]] std::optional<std::vector<Document>> decode_documents(std::string_view bytes,
                                                                    std::size_t text_size);

/// As parse(), from `cache` when the same text was parsed before. `cache` may be null. Files with a
/// problem are not kept.
[[nodiscard]] ParseOutcome parse_cached(std::string_view text, DerivedCache* cache);

}  // namespace persandian::yaml
