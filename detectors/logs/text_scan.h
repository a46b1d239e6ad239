// SPDX-License-Identifier: Apache-2.0
//
// TextScanner: reads a log line front to back without copying. All parsers of the room use it; no
// step looks behind the end. Failed steps leave the position where it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace persandian::logs {

/// The decimal number that `text` is as a whole; nullopt on anything else or overflow.
[[nodiscard]] inline std::optional<std::uint64_t> decimal(std::string_view text) noexcept {
    if (text.empty() || text.size() > 20) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Views it returns are valid as long as the text it was made over.
class TextScanner {
  public:
    explicit TextScanner(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
    void skip(std::size_t count) noexcept {
        rest_.remove_prefix(count < rest_.size() ? count : rest_.size());
    }
    /// Consumes `text` when it stands next.
    bool literal(std::string_view text) noexcept {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    void spaces() noexcept {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
    }
    /// Characters up to the next space or the end; empty when a space stands next.
    std::string_view word() noexcept {
        const std::size_t end = rest_.find(' ');
        const std::string_view found = rest_.substr(0, end);
        rest_.remove_prefix(found.size());
        return found;
    }
    /// Characters up to `stop`, which is consumed too; nullopt when it does not come.
    std::optional<std::string_view> until(std::string_view stop) noexcept {
        const std::size_t end = rest_.find(stop);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view found = rest_.substr(0, end);
        rest_.remove_prefix(end + stop.size());
        return found;
    }
    /// A decimal number of at most `digits` digits (at most 9).
    std::optional<unsigned> number(std::size_t digits) noexcept {
        unsigned value = 0;
        std::size_t read = 0;
        while (read < digits && read < rest_.size() && rest_[read] >= '0' && rest_[read] <= '9')
            value = value * 10 + static_cast<unsigned>(rest_[read++] - '0');
        if (read == 0) return std::nullopt;
        rest_.remove_prefix(read);
        return value;
    }

  private:
    std::string_view rest_;
};

}  // namespace persandian::logs
