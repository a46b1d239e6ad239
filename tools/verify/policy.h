// SPDX-License-Identifier: Apache-2.0
//
// Which witnesses must have seen a head: the C2SP tlog-policy text format
// (log, witness, group, quorum lines; # comments).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/verify/note.h"

namespace persandian::verify {

class Policy {
  public:
    struct Witness {
        std::string name;  ///< the policy's own name for it
        KeyFile key;
    };

    /// Fault text names what is wrong; a group may only use names that stand above it.
    [[nodiscard]] static std::variant<Policy, std::string> parse(std::string_view text);

    [[nodiscard]] const std::optional<KeyFile>& log() const { return log_; }
    [[nodiscard]] const std::vector<Witness>& witnesses() const { return witnesses_; }
    /// False when the policy asks for no witness at all.
    [[nodiscard]] bool asks_for_witnesses() const { return quorum_ != "none"; }
    /// Whether these witnesses (by policy name) make the quorum.
    [[nodiscard]] bool is_met(std::set<std::string> signers) const;
    /// How many of the quorum's direct members are needed; for the report.
    [[nodiscard]] std::size_t needed() const;

  private:
    struct Group {
        std::string name;
        std::size_t threshold = 0;
        std::vector<std::string> members;
    };
    [[nodiscard]] bool knows(std::string_view name) const;
    std::string line(const std::vector<std::string>& words);
    std::string group(const std::vector<std::string>& words);

    std::optional<KeyFile> log_;
    std::vector<Witness> witnesses_;
    std::vector<Group> groups_;
    std::string quorum_;
};

}  // namespace persandian::verify
