// SPDX-License-Identifier: Apache-2.0
//
// ByteView and ByteReader: the only way the project reads foreign bytes. Every read is checked; a
// read past the end makes the reader fail for good and yields zero, so a parser may read a whole
// header and ask ok() once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "detectors/base/check.h"

namespace persandian {

/// Non-owning bytes. Whoever returns or stores one says until when it is valid.
using ByteView = std::span<const std::byte>;

/// The bytes of `text`; valid as long as `text`'s storage.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// `bytes` as characters, unchanged and unvalidated; valid as long as `bytes`' storage.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads integers and slices from a ByteView front to back. Sticky failure: after the first read
/// past the end, ok() is false, every integer is 0 and every slice is empty.
class ByteReader {
  public:
    explicit ByteReader(ByteView bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - position_; }
    [[nodiscard]] bool at_end() const noexcept { return remaining() == 0; }
    /// Marks the input as bad; later reads yield zero.
    void fail() noexcept {
        ok_ = false;
        position_ = bytes_.size();
    }

    std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(big_endian(1)); }
    std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(big_endian(2)); }
    std::uint32_t u24() noexcept { return static_cast<std::uint32_t>(big_endian(3)); }
    std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(big_endian(4)); }
    std::uint64_t u64() noexcept { return big_endian(8); }
    std::uint16_t u16_le() noexcept { return static_cast<std::uint16_t>(little_endian(2)); }
    std::uint32_t u32_le() noexcept { return static_cast<std::uint32_t>(little_endian(4)); }
    std::uint64_t u64_le() noexcept { return little_endian(8); }

    /// The next `count` bytes; empty and failed when fewer remain. Valid as long as the input.
    ByteView take(std::size_t count) noexcept {
        if (count > remaining()) {
            fail();
            return {};
        }
        const ByteView slice = bytes_.subspan(position_, count);
        position_ += count;
        return slice;
    }
    void skip(std::size_t count) noexcept { (void)take(count); }
    /// Everything not yet read, without consuming it.
    [[nodiscard]] ByteView rest() const noexcept { return bytes_.subspan(position_); }
    /// Moves to an absolute position; fails when it lies past the end.
    void seek(std::size_t position) noexcept {
        if (!ok_ || position > bytes_.size()) return fail();
        position_ = position;
    }

  private:
    std::uint64_t big_endian(std::size_t width) noexcept {
        std::uint64_t value = 0;
        for (const std::byte b : take(width))
            value = (value << 8U) | std::to_integer<std::uint64_t>(b);
        return value;
    }
    std::uint64_t little_endian(std::size_t width) noexcept {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const std::byte b : take(width)) {
            value |= std::to_integer<std::uint64_t>(b) << shift;
            shift += 8;
        }
        return value;
    }

    ByteView bytes_;
    std::size_t position_ = 0;
    bool ok_ = true;
};

}  // namespace persandian
