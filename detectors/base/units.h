// SPDX-License-Identifier: Apache-2.0
//
// Sizes that read as they are spoken: 64_KiB, 2_MiB.
#pragma once

#include <cstddef>

namespace persandian {
consteval std::size_t operator""_KiB(unsigned long long count) {
    return count << 10U;
}
consteval std::size_t operator""_MiB(unsigned long long count) {
    return count << 20U;
}
consteval std::size_t operator""_GiB(unsigned long long count) {
    return count << 30U;
}
}  // namespace persandian
