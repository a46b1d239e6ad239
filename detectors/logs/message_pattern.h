// SPDX-License-Identifier: Apache-2.0
//
// Fixed wordings of messages, written as patterns with named holes, so that a program's messages
// are a table instead of code:
//
//     "Failed {method} for invalid user {user} from {address} port {port}*"
//
// {user} may hold anything, also blanks and whole phrases of the same wording: what stands after it
// is searched from the right, so that a name chosen by an attacker ("x from 198.51.100.9 port 1")
// cannot put a false address in front of the true one. Every other hole is one word; {} is a word
// nobody needs. A final "*" allows any rest, a pattern without it must end with the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace persandian::logs {

/// What the holes held; views into the message. A hole that the pattern lacks is nullopt.
struct PatternValues {
    std::optional<std::string_view> user;
    std::optional<std::string_view> address;
    std::optional<std::string_view> method;
    std::optional<std::string_view> detail;  ///< {detail}: up to the end or the following literal
    std::optional<std::uint64_t> port;
};

/// Work is linear in the message for each {user} or {detail}; patterns hold at most one of the two
/// before their last address.
[[nodiscard]] bool match_pattern(std::string_view pattern, std::string_view message,
                                 PatternValues& values) noexcept;

}  // namespace persandian::logs
