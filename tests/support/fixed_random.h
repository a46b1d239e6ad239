// SPDX-License-Identifier: Apache-2.0
//
// Randomness that is the same in every run: a counter through SHA-256.
#pragma once

#include <cstdint>
#include <cstring>

#include "detectors/base/digest.h"
#include "detectors/base/random.h"

namespace persandian::test {

class FixedRandom : public RandomSource {
  public:
    /// Another seed gives other bytes.
    explicit FixedRandom(std::uint64_t seed = 0) : counter_(seed << 32U) {}
    void fill(std::span<std::byte> out) override {
        for (std::size_t at = 0; at < out.size(); at += 32) {
            ++counter_;
            const Digest block = sha256(std::as_bytes(std::span(&counter_, 1)));
            std::memcpy(out.data() + at, block.bytes.data(),
                        std::min<std::size_t>(32, out.size() - at));
        }
    }

  private:
    std::uint64_t counter_;
};

}  // namespace persandian::test
