// SPDX-License-Identifier: Apache-2.0
//
// A strict JSON parser for the ledger's records (docs/formats/ledger.md, "Record"): no blanks
// outside strings, integers only, no duplicate or escaped member names, valid UTF-8, paired
// surrogate escapes, at most 32 levels. It answers where each value stands in the text, because
// signatures are over the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::verify {

enum class JsonType : std::uint8_t { null_value, boolean, integer, string, array, object };

/// One value. Children of a container follow it; `next` is the index after its last descendant.
struct JsonNode {
    JsonType type = JsonType::null_value;
    std::uint32_t next = 0;
    std::uint32_t begin = 0;      ///< first byte of the value in the text (a string's quote)
    std::uint32_t end = 0;        ///< one past its last byte
    std::uint32_t key_begin = 0;  ///< member name without its quotes; empty range outside objects
    std::uint32_t key_end = 0;
};

class JsonDocument {
  public:
    static constexpr int max_depth = 32;
    static constexpr std::size_t max_bytes = 64U * 1024U * 1024U;

    /// Parses one value that fills `text`, which must outlive the document's use. Null when it is
    /// well formed, else a static text that says what is wrong; offset() then says where.
    [[nodiscard]] const char* parse(std::string_view text);
    [[nodiscard]] std::size_t offset() const { return at_; }

    [[nodiscard]] const std::vector<JsonNode>& nodes() const { return nodes_; }
    [[nodiscard]] std::string_view key(std::uint32_t node) const;
    /// The value's bytes as they stand.
    [[nodiscard]] std::string_view raw(std::uint32_t node) const;
    /// Index of an object's member, 0 when there is none (0 is the root, never a member).
    [[nodiscard]] std::uint32_t find(std::uint32_t object, std::string_view name) const;
    /// Unescaped string; nullopt when the node is no string.
    [[nodiscard]] std::optional<std::string> string(std::uint32_t node) const;
    /// Non-negative integer; nullopt otherwise.
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer(std::uint32_t node) const;

    // Members by name, in one step; nullopt when absent or of another type.
    [[nodiscard]] std::optional<std::string> string(std::uint32_t object,
                                                    std::string_view name) const;
    [[nodiscard]] std::optional<std::uint64_t> unsigned_integer(std::uint32_t object,
                                                                std::string_view name) const;

  private:
    const char* value(int depth);
    const char* object(int depth, std::uint32_t self);
    const char* array(int depth, std::uint32_t self);
    const char* string_token(bool escapes);
    const char* escape();
    const char* integer();
    const char* literal(std::string_view word);
    const char* unique_names(std::uint32_t self);
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool hex4(unsigned& out);

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<JsonNode> nodes_;
    std::vector<std::string_view> names_;
};

}  // namespace persandian::verify
