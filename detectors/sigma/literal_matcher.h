// SPDX-License-Identifier: Apache-2.0
//
// Finds which of many literals stand in a text, in one pass (libhs; its only header is included in
// literal_matcher.cc). Bytes are compared as they are: fold both sides first.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/derived_cache.h"

namespace persandian::sigma {

/// Immutable; one Scratch per thread serves all matchers it was prepared for.
class LiteralMatcher {
  public:
    class Scratch {
      public:
        Scratch();
        ~Scratch();
        Scratch(Scratch&&) noexcept;
        Scratch& operator=(Scratch&&) noexcept;

      private:
        friend class LiteralMatcher;
        struct State;
        std::unique_ptr<State> state_;
    };

    enum class Letters : std::uint8_t { exact_case, any_case };

    /// `literals`: non-empty texts. The index of each is its number in scan(). `cache`, which may
    /// be null, gives or takes the compiled database. `letters`: any_case takes ASCII letters of
    /// texts and literals as equal whatever their case.
    explicit LiteralMatcher(std::span<const std::string> literals, DerivedCache* cache = nullptr,
                            Letters letters = Letters::exact_case);
    ~LiteralMatcher();
    LiteralMatcher(const LiteralMatcher&) = delete;
    LiteralMatcher& operator=(const LiteralMatcher&) = delete;

    /// Must be called once per scratch before scan().
    void prepare(Scratch& scratch) const;
    /// Appends to `found` the index of each literal that stands in `text`, at least once each.
    void scan(std::string_view text, Scratch& scratch, std::vector<std::uint32_t>& found) const;
    /// Whether any does.
    [[nodiscard]] bool any_in(std::string_view text, Scratch& scratch) const;
    [[nodiscard]] std::size_t database_size_bytes() const;

  private:
    struct Database;
    std::unique_ptr<Database> database_;  ///< null: few literals, searched one by one
    std::vector<std::string> few_;
};

}  // namespace persandian::sigma
