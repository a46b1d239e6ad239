// SPDX-License-Identifier: Apache-2.0
//
// What a YAML file's bytes must be before they are parsed: UTF-8 without the characters YAML 1.2
// section 5.1 forbids. The parser below would replace, misread or stop at them without a word.
#pragma once

#include <optional>
#include <string_view>

#include "detectors/base/yaml.h"

namespace persandian::yaml {

/// The text without the byte order mark it may begin with. Valid as long as `text`.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text) noexcept;

/// The first thing that does not belong into a YAML file, with its place and the remedy: UTF-16,
/// bytes that are not UTF-8, control characters, a carriage return alone, a byte order mark at the
/// start of a later line. nullopt when there is none. Columns count bytes. Linear in the text.
[[nodiscard]] std::optional<Problem> find_foreign_character(std::string_view text);

/// Whether `source`, the file from the beginning of a node on (anchor and tag first, if it has
/// them), is a text in quotes that no quote ends.
[[nodiscard]] bool is_unclosed_quote(std::string_view source);

}  // namespace persandian::yaml
