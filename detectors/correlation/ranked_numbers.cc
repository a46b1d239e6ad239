// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/ranked_numbers.h"

#include <algorithm>
#include <iterator>

namespace persandian::correlation {

void RankedNumbers::add(const Decimal& number) {
    if (low_.empty() || number <= *low_.rbegin()) {
        low_.insert(number);
    } else {
        high_.insert(number);
    }
    balance();
}

void RankedNumbers::remove(const Decimal& number) {
    std::multiset<Decimal>& half = !low_.empty() && number <= *low_.rbegin() ? low_ : high_;
    half.erase(half.find(number));
    balance();
}

void RankedNumbers::clear() {
    low_.clear();
    high_.clear();
}

// One change moves the rank by at most one, so this is a few moves at most.
void RankedNumbers::balance() {
    if (size() == 0) return;
    const std::size_t rank = std::max<std::size_t>(1, (size() * percentile_ + 99) / 100);
    while (low_.size() > rank) high_.insert(low_.extract(std::prev(low_.end())));
    while (low_.size() < rank) low_.insert(high_.extract(high_.begin()));
}

}  // namespace persandian::correlation
