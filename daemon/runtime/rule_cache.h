// SPDX-License-Identifier: Apache-2.0
//
// RuleCache: the DerivedCache of rule loading, in one file. The file is trusted only when nobody
// but its owner, who must be us or root, can write to it, and its checksum fits; anything else is
// as if there were none. Rules load the same without it, only slower.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "detectors/base/derived_cache.h"

namespace persandian::runtime {

class RuleCache : public DerivedCache {
  public:
    static constexpr std::size_t max_file_bytes = std::size_t{512} << 20U;

    /// Reads the file if it is there and can be trusted.
    explicit RuleCache(std::filesystem::path path);

    [[nodiscard]] std::optional<std::string_view> find(const Digest& key) override;
    void keep(const Digest& key, std::string bytes) override;

    /// Replaces the file by what was found or kept, when something new was kept. Says why it could
    /// not; empty: all is well.
    [[nodiscard]] std::string save();
    /// Why the file there was not used; empty when it was, or when there was none.
    [[nodiscard]] const std::string& distrust() const noexcept { return distrust_; }

    struct Counters {
        std::uint64_t found = 0;
        std::uint64_t missed = 0;
    };
    [[nodiscard]] Counters counters() const;

  private:
    struct Kept {
        std::string_view bytes;
        bool used = false;
    };

    void read();
    void index(std::string_view entries);

    std::filesystem::path path_;
    std::string file_;  ///< as read; Kept::bytes point into it, or into fresh_
    std::string distrust_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::map<Digest, Kept> kept_;
    std::map<Digest, std::string> fresh_;
    Counters counters_;
};

/// The cache that the environment names in PERSANDIAN_RULE_CACHE; null when it names none.
[[nodiscard]] std::unique_ptr<RuleCache> rule_cache_of_environment();

}  // namespace persandian::runtime
