// SPDX-License-Identifier: Apache-2.0
//
// RunScanner: whether one of a few ASCII texts stands in a line, whatever the case of its letters.
// Looks for a window of three bytes of each text at 32 places of the line at a time (the nibble
// tables of Hyperscan's "Teddy"), and compares the whole text where its window may stand.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::sigma {

/// Immutable.
class RunScanner {
  public:
    static constexpr std::size_t window_bytes = 3;
    /// With more, some window seems to stand almost anywhere.
    static constexpr std::size_t max_runs = 64;

    /// Looks for nothing.
    RunScanner() = default;
    /// `runs`: at most max_runs texts of at least window_bytes bytes, all ASCII, capitals made
    /// small.
    explicit RunScanner(std::span<const std::string> runs);
    [[nodiscard]] const std::vector<std::string>& runs() const noexcept { return runs_; }

    /// What one look at a line tells.
    struct Sight {
        bool has_run = false;
        bool has_backslash_u = false;
        bool is_ascii = true;
    };
    [[nodiscard]] Sight look_at(std::string_view line) const noexcept;

  private:
    static constexpr std::size_t bucket_count = 8;

    /// For a byte of the window: per half of the byte, a bit for each bucket that may have it.
    struct Nibbles {
        alignas(32) std::array<std::uint8_t, 32> low{};  ///< twice, for both halves of a register
        alignas(32) std::array<std::uint8_t, 32> high{};
    };

    static constexpr std::size_t block_bytes = 32;

    void allow(std::size_t at, char c, std::size_t bucket);
    std::uint32_t next_avx2(std::string_view line, std::size_t& place, Sight& sight) const noexcept;
    void check(std::uint32_t maybe, std::size_t block, std::string_view line,
               Sight& sight) const noexcept;
    [[nodiscard]] unsigned buckets_at(const char* place) const noexcept;
    [[nodiscard]] bool stands_around(std::size_t place, unsigned buckets,
                                     std::string_view line) const noexcept;

    std::vector<std::string> runs_;                       ///< by bucket
    std::vector<std::size_t> windows_;                    ///< of each run: where its window begins
    std::array<std::size_t, bucket_count + 1> begins_{};  ///< of each bucket, in runs_
    std::array<Nibbles, window_bytes> nibbles_;
};

}  // namespace persandian::sigma
