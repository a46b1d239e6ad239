// SPDX-License-Identifier: Apache-2.0
//
// DerivedCache: where what is dear to compute from some content may be kept under the content's
// hash. Purely an economy: whoever uses it can always compute anew.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/digest.h"

namespace persandian {

/// Both calls may come from several threads at once.
class DerivedCache {
  public:
    virtual ~DerivedCache() = default;
    /// What was kept for the key; valid as long as the cache.
    [[nodiscard]] virtual std::optional<std::string_view> find(const Digest& key) = 0;
    virtual void keep(const Digest& key, std::string bytes) = 0;
};

}  // namespace persandian
