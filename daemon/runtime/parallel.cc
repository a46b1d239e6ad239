// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace persandian::runtime {

void run_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    const auto take = [&] {
        for (std::size_t i = next++; i < count; i = next++) work(i);
    };
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(cores, count); ++i) others.emplace_back(take);
    take();
}

}  // namespace persandian::runtime
