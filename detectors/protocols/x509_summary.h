// SPDX-License-Identifier: Apache-2.0
//
// The few facts of an X.509 certificate that a tls event tells. Reads DER itself: the six fields
// stand at the front of the certificate, so there is no need to hand hostile bytes to a library
// that decodes keys and extensions as well; every step is bounded by the certificate's size.
// Nothing is verified here. Source: RFC 5280 section 4.1, X.690 section 8.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "detectors/base/bytes.h"

namespace persandian::protocols::tls {

struct CertificateSummary {
    std::string subject;      ///< "C=ID, O=Contoh, CN=www.example.go.id"; "," and "\" as "\," "\\"
    std::string issuer;       ///< likewise
    std::string serial;       ///< "0A:1B:…"
    std::string not_before;   ///< "2026-01-01T00:00:00", UTC
    std::string not_after;    ///< likewise
    std::string fingerprint;  ///< SHA-1 of the whole, "0a:1b:…"
    std::vector<std::string> dns_names;  ///< of subjectAltName
};

inline constexpr std::size_t max_name_attributes = 64;
inline constexpr std::size_t max_name_bytes = 4096;
inline constexpr std::size_t max_dns_names = 64;

/// nullopt: not the DER form of a certificate.
[[nodiscard]] std::optional<CertificateSummary> summarise_certificate(ByteView der);

}  // namespace persandian::protocols::tls
