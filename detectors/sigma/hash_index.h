// SPDX-License-Identifier: Apache-2.0
//
// HashIndex: from 64-bit hashes to lists of numbers, in two flat arrays, so that a miss costs one
// cache line. Filled once, then only read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace persandian::sigma {

class HashIndex {
  public:
    /// Before build().
    void add(std::uint64_t hash, std::uint32_t number) { pairs_.emplace_back(hash, number); }

    void build() {
        std::sort(pairs_.begin(), pairs_.end());
        pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
        std::size_t size = 2;
        while (size < pairs_.size() * 2) size *= 2;
        buckets_.assign(size, {});
        numbers_.reserve(pairs_.size());
        for (const auto& [hash, number] : pairs_) {
            Bucket& bucket = buckets_[place(hash)];
            if (bucket.count == 0) bucket = {hash, static_cast<std::uint32_t>(numbers_.size()), 0};
            ++bucket.count;
            numbers_.push_back(number);
        }
        pairs_.clear();
        pairs_.shrink_to_fit();
    }

    /// Ascending, each once; empty when the hash is unknown. Valid as long as the index.
    [[nodiscard]] std::span<const std::uint32_t> find(std::uint64_t hash) const noexcept {
        if (numbers_.empty()) return {};
        const Bucket& bucket = buckets_[place(hash)];
        return {numbers_.data() + bucket.begin, bucket.count};
    }
    [[nodiscard]] bool empty() const noexcept { return numbers_.empty() && pairs_.empty(); }

  private:
    struct Bucket {
        std::uint64_t hash = 0;
        std::uint32_t begin = 0;
        std::uint32_t count = 0;  ///< 0: free
    };

    /// Where the hash stands, or would.
    [[nodiscard]] std::size_t place(std::uint64_t hash) const noexcept {
        const std::size_t mask = buckets_.size() - 1;
        std::size_t at = (hash ^ (hash >> 32U)) & mask;
        while (buckets_[at].count != 0 && buckets_[at].hash != hash) at = (at + 1) & mask;
        return at;
    }

    std::vector<std::pair<std::uint64_t, std::uint32_t>> pairs_;
    std::vector<Bucket> buckets_;
    std::vector<std::uint32_t> numbers_;
};

}  // namespace persandian::sigma
