// SPDX-License-Identifier: Apache-2.0
//
// The gate before the signature: is this text one strict JSON object as docs/formats/ledger.md
// wants a record? Checks only; keeps nothing. RFC 8259, narrowed: no white space outside strings,
// integers only (-2^63 .. 2^64-1), valid UTF-8, no duplicate or escaped member names, paired
// surrogates, nesting at most max_record_depth.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "detectors/base/result.h"

namespace persandian::ledger {

/// Reusable, so that checking allocates nothing once warm. Single-threaded.
class JsonChecker {
  public:
    /// `malformed` with the reason, or `limit` for the depth.
    [[nodiscard]] Result<void> check_object(std::string_view text);

  private:
    std::vector<std::string_view> names_;  ///< of all objects that are open, innermost last
};

}  // namespace persandian::ledger
