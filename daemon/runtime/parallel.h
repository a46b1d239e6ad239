// SPDX-License-Identifier: Apache-2.0
//
// Work in independent pieces on all cores: loading rules.
#pragma once

#include <cstddef>
#include <functional>

namespace persandian::runtime {

/// As sigma::ParallelFor. Does work(0) … work(count - 1) on as many threads as there are cores, the
/// calling one among them. `work` must not throw.
void run_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace persandian::runtime
