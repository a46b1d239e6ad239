// SPDX-License-Identifier: Apache-2.0
//
// Signatures of Suricata as Sigma rules: one rule per signature, and correlations for what spans
// messages (flowbits, thresholds). Pure: texts in, YAML and reasons out.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/signatures/endpoints.h"

namespace persandian::signatures {

struct SignatureFile {
    std::string path;
    std::string text;
};

/// A signature that is not converted, or a line that is none.
struct Refused {
    std::string path;
    std::size_t line = 0;
    std::size_t column = 1;
    std::string sid;  ///< empty: the line cannot be read
    std::string reason;
};

struct Imported {
    std::vector<std::string> documents;  ///< YAML, one entry per file given; may be empty
    std::size_t active = 0;
    std::size_t disabled = 0;  ///< commented out
    std::size_t converted = 0;
    std::vector<Refused> refused;
};

/// `home`: what $HOME_NET stands for. Flowbits go across all files.
[[nodiscard]] Imported import_signatures(std::span<const SignatureFile> files,
                                         const Networks& home);
/// Private networks (RFC 1918, RFC 4193) and link-local ones.
[[nodiscard]] Networks usual_home_networks();

}  // namespace persandian::signatures
