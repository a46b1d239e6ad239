// SPDX-License-Identifier: Apache-2.0
//
// What a regular expression says for certain, so that it need not be tried on values without it.
#pragma once

#include <string>
#include <string_view>

namespace persandian::sigma {

/// The longest plain text that, folded, stands in the folded form of every text which the
/// expression (PCRE2 syntax) matches; empty when none is sure. It looks at what stands outside all
/// groups and classes and is not repeated, and gives up where reading on would take a full parser:
/// at alternatives outside of groups, `\Q`, comments, callouts, verbs, and the flag `x`.
[[nodiscard]] std::string certain_literal(std::string_view regex);

}  // namespace persandian::sigma
