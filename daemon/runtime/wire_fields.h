// SPDX-License-Identifier: Apache-2.0
//
// The fields that messages between inspector and recorder are made of: big-endian integers, texts
// and lists with their length before them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/digest.h"
#include "detectors/base/timestamp.h"

namespace persandian::runtime {

/// Of a text whose message says nothing else.
inline constexpr std::size_t max_text_field_bytes = 4096;

/// Appends to a text.
class FieldWriter {
  public:
    explicit FieldWriter(std::string& out) : out_(out) {}
    void u8(std::uint8_t value) { out_ += static_cast<char>(value); }
    void u32(std::uint64_t value) { integer(value, 4); }
    void u64(std::uint64_t value) { integer(value, 8); }
    void time(Timestamp value) { u64(static_cast<std::uint64_t>(value.ns)); }
    void digest(const Digest& value) { out_ += as_text(value.bytes); }
    void text(std::string_view value, std::size_t limit = max_text_field_bytes) {
        value = value.substr(0, limit);
        u32(value.size());
        out_ += value;
    }

  private:
    void integer(std::uint64_t value, unsigned bytes) {
        for (unsigned i = bytes; i-- > 0;) out_ += static_cast<char>(value >> (8U * i));
    }
    std::string& out_;
};

/// ByteReader with the wire's own types; a list or text beyond its limit sets over_limit.
class FieldReader {
  public:
    explicit FieldReader(ByteView bytes) : bytes_(bytes) {}
    std::uint8_t u8() { return bytes_.u8(); }
    std::uint32_t u32() { return bytes_.u32(); }
    std::uint64_t u64() { return bytes_.u64(); }
    bool boolean() {
        const std::uint8_t value = bytes_.u8();
        if (value > 1) bytes_.fail();
        return value == 1;
    }
    std::int64_t i64() { return static_cast<std::int64_t>(bytes_.u64()); }
    /// Brought to where differences of times and times plus a window stay within their type.
    Timestamp time() {
        constexpr std::int64_t farthest_ns = INT64_MAX / 2;
        return {std::clamp(i64(), -farthest_ns, farthest_ns)};
    }
    Digest digest() {
        Digest out;
        const ByteView raw = bytes_.take(out.bytes.size());
        std::copy(raw.begin(), raw.end(), out.bytes.begin());
        return out;
    }
    std::string text(std::size_t limit = max_text_field_bytes) {
        const std::size_t size = bytes_.u32();
        if (size > limit) {
            over_limit = true;
            bytes_.fail();
        }
        return std::string(as_text(bytes_.take(bytes_.ok() ? size : 0)));
    }
    /// A list's length, refused above `limit`.
    std::size_t count(std::size_t limit) {
        const std::size_t size = bytes_.u32();
        if (size <= limit) return size;
        over_limit = true;
        bytes_.fail();
        return 0;
    }
    void fail() { bytes_.fail(); }
    [[nodiscard]] bool complete() const { return bytes_.ok() && bytes_.at_end(); }
    [[nodiscard]] bool ok() const { return bytes_.ok(); }
    bool over_limit = false;

  private:
    ByteReader bytes_;
};

}  // namespace persandian::runtime
