// SPDX-License-Identifier: Apache-2.0
//
// Finds the lines of one record in a disclosure file. The lines stand in order of `seq`, so it
// searches by halves and reads little of a large file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/ledger/storage.h"
#include "detectors/base/result.h"
#include "detectors/base/units.h"

namespace persandian::ledger {

/// Longest line that is read; longer ones are skipped as damaged.
inline constexpr std::size_t max_disclosure_line_bytes = 16_MiB;

/// The lines of `seq`, without newlines. Lines that are not ours are passed over.
[[nodiscard]] Result<std::vector<std::string>> find_disclosure_lines(const File& file,
                                                                     std::uint64_t seq);

}  // namespace persandian::ledger
