// SPDX-License-Identifier: Apache-2.0
//
// Field: what a piece of an event is called and means. Each field is declared once, as a constant,
// by the room entry that produces it (decision 0001); the catalogs' union is the table of fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace persandian {

/// Hash by which fields are found (FNV-1a, 64 bit). Names are ours or a rule author's, and tables
/// over foreign names mix in a random seed, so collisions cannot be provoked through traffic.
[[nodiscard]] constexpr std::uint64_t field_name_hash(std::string_view name) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

/// The JSON type a field is written as; bytes are for rules only and not written.
enum class FieldKind : std::uint8_t { text, integer, real, boolean, address, time, bytes };

/// A declared field. `path` is where it stands in the event's JSON: dots for nesting, "[]" after a
/// name that holds a list ("dns.answers[].rdata", "http.request_header_names[]"). Rules use the
/// same path without brackets ("dns.answers.rdata").
class Field {
  public:
    static constexpr std::size_t longest_name = 64;

    consteval Field(std::string_view path, FieldKind kind, std::string_view meaning,
                    std::string_view source = {})
        : path_(path), kind_(kind), meaning_(meaning), source_(source) {
        for (std::size_t i = 0; i < path.size(); ++i) {
            if (path[i] == '[' || path[i] == ']') continue;
            name_[name_size_++] = path[i];  // too long a path does not compile
        }
        hash_ = field_name_hash({name_.data(), name_size_});
    }

    /// As in JSON, with brackets. Static storage.
    [[nodiscard]] constexpr std::string_view path() const noexcept { return path_; }
    /// As in rules, without brackets. Valid as long as this constant.
    [[nodiscard]] constexpr std::string_view name() const noexcept {
        return {name_.data(), name_size_};
    }
    [[nodiscard]] constexpr std::uint64_t hash() const noexcept { return hash_; }
    [[nodiscard]] constexpr FieldKind kind() const noexcept { return kind_; }
    /// One sentence with the unit. Static storage.
    [[nodiscard]] constexpr std::string_view meaning() const noexcept { return meaning_; }
    /// RFC and section, or whose format it follows. Static storage.
    [[nodiscard]] constexpr std::string_view source() const noexcept { return source_; }

  private:
    std::string_view path_;
    FieldKind kind_;
    std::string_view meaning_;
    std::string_view source_;
    std::array<char, longest_name> name_{};
    std::size_t name_size_ = 0;
    std::uint64_t hash_ = 0;
};

}  // namespace persandian
