// SPDX-License-Identifier: Apache-2.0
//
// The asset inventory: which agency (OPD) owns which networks, hosts and log sources. A YAML file:
//
//   agencies:
//     - code: "72.71"                     # required; the office's own code or the region's
//       name: Dinas Kesehatan             # required
//       zone: WITA                        # WIB, WITA (default), WIT, UTC or "+08:00"
//       contact: csirt@example.go.id      # who is told; may name a person
//       networks: [192.0.2.0/24, 2001:db8:1::/48]
//       hosts: [dinkes.example.go.id, .pkm.example.go.id]   # a leading dot: with sub-domains
//       log-sources: [/var/log/remote/dinkes/, dinkes-gw]   # path prefixes or names of log hosts
#pragma once

#include <filesystem>
#include <string>

#include "daemon/config/config.h"
#include "detectors/incident/incident_stage.h"

namespace persandian::config {

/// Understands the text of an inventory. Throws ConfigError with every mistake: unknown keys, bad
/// networks, agencies of the same code, the same network or host given to two agencies.
[[nodiscard]] incident::AssetInventory parse_assets(const std::filesystem::path& path,
                                                    const std::string& text);

}  // namespace persandian::config
