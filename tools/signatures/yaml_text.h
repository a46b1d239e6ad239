// SPDX-License-Identifier: Apache-2.0
//
// Texts as YAML writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace persandian::signatures {

/// In single quotes, or in double quotes when there is something to escape.
[[nodiscard]] std::string quoted(std::string_view text);
/// "[a, b]" of parts that are YAML already; one part stands alone.
[[nodiscard]] std::string listed(const std::vector<std::string>& parts);
/// With Sigma's wildcards escaped, so that the text means itself (Sigma specification, "Escaping").
[[nodiscard]] std::string without_wildcards(std::string_view text);
/// Whether each byte is ASCII.
[[nodiscard]] bool is_plain_ascii(std::string_view text) noexcept;

}  // namespace persandian::signatures
