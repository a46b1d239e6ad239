// SPDX-License-Identifier: Apache-2.0
//
// Scratch memory for one event: handed out front to back, taken back all at once, kept for the next
// event.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "detectors/base/units.h"

namespace persandian::sigma {

class Arena {
  public:
    static constexpr std::size_t block_bytes = 64_KiB;

    /// Uninitialised bytes, valid until reset().
    [[nodiscard]] char* take(std::size_t size_bytes) {
        while (block_ < blocks_.size() && used_ + size_bytes > blocks_[block_].size) {
            ++block_;
            used_ = 0;
        }
        if (block_ == blocks_.size()) {
            const std::size_t size = size_bytes > block_bytes ? size_bytes : block_bytes;
            blocks_.push_back({std::make_unique<char[]>(size), size});
        }
        char* const at = blocks_[block_].bytes.get() + used_;
        used_ += size_bytes;
        return at;
    }
    [[nodiscard]] std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* const at = take(text.size());
        std::memcpy(at, text.data(), text.size());
        return {at, text.size()};
    }
    void reset() noexcept {
        block_ = 0;
        used_ = 0;
    }

  private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };
    std::vector<Block> blocks_;
    std::size_t block_ = 0;
    std::size_t used_ = 0;
};

}  // namespace persandian::sigma
