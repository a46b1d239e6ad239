// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/parallel.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace persandian::runtime {
namespace {

TEST(RunParallel, DoesEveryPieceOnce) {
    for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
        std::vector<std::atomic<int>> done(count);
        run_parallel(count, [&](std::size_t i) { ++done[i]; });
        for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
    }
}

}  // namespace
}  // namespace persandian::runtime
