// SPDX-License-Identifier: Apache-2.0
//
// What a regular expression says for certain, so that it need not be tried on values without it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace persandian::sigma {

/// Plain texts that, folded, all stand in the folded form of every text which the expression (PCRE2
/// syntax) matches; in the order in which they stand there. None when nothing is sure. It looks at
/// what stands outside all groups and classes and is not repeated, and gives up where reading on
/// would take a full parser: at alternatives outside of groups, `\Q`, comments, callouts, verbs,
/// and the flag `x`.
[[nodiscard]] std::vector<std::string> certain_literals(std::string_view regex);

}  // namespace persandian::sigma
