// SPDX-License-Identifier: Apache-2.0
//
// Assertions that stay on in release builds, and attributes that document lifetimes.
// Not for outside input: malformed bytes are data and get a Result or an anomaly event.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace persandian::detail {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "persandian: broken invariant: %s (%s:%d)\n", condition, file, line);
    std::abort();
}
}  // namespace persandian::detail

/// Aborts, also in release, when `condition` is false. For broken invariants only.
#define PERSANDIAN_CHECK(condition) \
    ((condition) ? void(0) : ::persandian::detail::check_failed(#condition, __FILE__, __LINE__))

/// Marks a returned view as valid only as long as the object (or argument) it came from.
#if defined(__clang__)
#define PERSANDIAN_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define PERSANDIAN_LIFETIME_BOUND
#endif
