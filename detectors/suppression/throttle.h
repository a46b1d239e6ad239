// SPDX-License-Identifier: Apache-2.0
//
// ThrottleWindows: how many findings of each key have passed in the window that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>

#include "detectors/base/timestamp.h"

namespace persandian::suppression {

/// Windows begin with a finding and last `window`, by event time; the next begins with the first
/// finding after it. One earlier than the window by more than its length is of another time and
/// begins anew; one a little earlier counts into the window. Single-threaded.
class ThrottleWindows {
  public:
    /// At most `max_keys` (at least 1) are remembered; then the least recently used one is
    /// forgotten, and its next finding passes.
    ThrottleWindows(std::uint64_t limit, Duration window, std::size_t max_keys)
        : limit_(limit), window_(window), max_keys_(max_keys) {}
    ThrottleWindows(ThrottleWindows&&) = default;
    ThrottleWindows(const ThrottleWindows&) = delete;
    ThrottleWindows& operator=(ThrottleWindows&&) = default;
    ThrottleWindows& operator=(const ThrottleWindows&) = delete;
    ~ThrottleWindows() = default;

    /// Counts the finding; whether it is still among the first `limit`.
    [[nodiscard]] bool passes(const std::string& key, Timestamp time);
    void forget();
    [[nodiscard]] std::uint64_t evicted_keys() const noexcept { return evicted_keys_; }

  private:
    struct Window {
        Timestamp start;
        std::uint64_t count = 0;
        std::list<const std::string*>::iterator used;
    };
    [[nodiscard]] bool is_of(const Window& window, Timestamp time) const;

    std::uint64_t limit_;
    Duration window_;
    std::size_t max_keys_;
    std::map<std::string, Window> windows_;
    std::list<const std::string*> by_use_;  ///< keys of windows_, least recently used first
    std::uint64_t evicted_keys_ = 0;
};

}  // namespace persandian::suppression
