// SPDX-License-Identifier: Apache-2.0
//
// The number at a given rank among numbers that come and go: percentiles and the median of a
// window, at logarithmic cost per change.
#pragma once

#include <cstddef>
#include <set>

#include "detectors/event/decimal.h"

namespace persandian::correlation {

class RankedNumbers {
  public:
    /// `percentile`: 0 … 100. The rank is the nearest one: the smallest number such that at least
    /// so many percent of all are not larger.
    explicit RankedNumbers(unsigned percentile) : percentile_(percentile) {}

    void add(const Decimal& number);
    /// `number` must have been added before.
    void remove(const Decimal& number);
    void clear();
    [[nodiscard]] std::size_t size() const noexcept { return low_.size() + high_.size(); }
    /// The number at the rank. There must be one.
    [[nodiscard]] const Decimal& at_rank() const { return *low_.rbegin(); }
    /// The next larger one (possibly equal). There must be one.
    [[nodiscard]] const Decimal& after_rank() const { return *high_.begin(); }

  private:
    void balance();

    unsigned percentile_;
    std::multiset<Decimal> low_;  ///< as many as the rank says, the smallest ones
    std::multiset<Decimal> high_;
};

}  // namespace persandian::correlation
