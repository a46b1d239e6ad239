// SPDX-License-Identifier: Apache-2.0
//
// WrittenText: a text as a JSON document writes it, whose escapes are resolved when somebody first
// reads it. Most texts of an event are read by no rule.
#pragma once

#include <string_view>

#include "detectors/base/encoding.h"

namespace persandian {

/// Not for several threads at once: reading resolves.
class WrittenText {
  public:
    /// `written`: what stands between the quotes. `room`: as many bytes, for the text without its
    /// escapes. Both must outlive this.
    WrittenText(std::string_view written, char* room) noexcept : written_(written), room_(room) {}

    /// As written, escapes and all.
    [[nodiscard]] std::string_view written() const noexcept { return written_; }
    /// The text; one with a broken escape (a lone surrogate) as it is written.
    [[nodiscard]] std::string_view text() const noexcept {
        if (!resolved_) {
            resolved_ = true;
            text_ = json_unescape(written_, room_).value_or(written_);
        }
        return text_;
    }

  private:
    std::string_view written_;
    char* room_;
    mutable std::string_view text_;
    mutable bool resolved_ = false;
};

}  // namespace persandian
