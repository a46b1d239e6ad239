// SPDX-License-Identifier: Apache-2.0
//
// Sigma 1 counted in conditions: "selection | count(user) by src_ip > 5", "a | near b". Such rules
// are refused; this says how to write them today.
#pragma once

#include <string>
#include <string_view>

namespace persandian::sigma {

/// What of a Sigma 1 rule goes into its correlation. Either may be empty.
struct OldRule {
    std::string reference;  ///< name or id
    std::string timeframe;
};

/// The reason for refusing a condition with '|', with a correlation in one line that says the same,
/// to be pasted as a document beside the rule; `before` and `after` are the parts around the '|'.
[[nodiscard]] std::string modern_form(std::string_view before, std::string_view after,
                                      const OldRule& rule);

}  // namespace persandian::sigma
