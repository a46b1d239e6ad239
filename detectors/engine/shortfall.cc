// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/shortfall.h"

#include <algorithm>

#include <fmt/format.h>

namespace persandian::engine {

void add_shortfalls(std::vector<Shortfall>& sum, const std::vector<Shortfall>& part) {
    for (const Shortfall& one : part) {
        const auto known = std::find_if(sum.begin(), sum.end(), [&](const Shortfall& shortfall) {
            return shortfall.name == one.name;
        });
        if (known == sum.end()) {
            sum.push_back(one);
        } else {
            known->count += one.count;
        }
    }
}

std::string to_text(const std::vector<Shortfall>& shortfalls) {
    std::string out;
    for (const Shortfall& shortfall : shortfalls)
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", shortfall.name, shortfall.count);
    return out;
}

}  // namespace persandian::engine
