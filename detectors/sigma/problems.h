// SPDX-License-Identifier: Apache-2.0
//
// Where the loader collects what is wrong with a file, so that its author sees all of it at once.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/base/yaml.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma {

/// Collects refusals and warnings of one file. A rule is refused when a refusal was added while it
/// was read.
class Problems {
  public:
    explicit Problems(std::string path) : path_(std::move(path)) {}

    void refuse(yaml::Mark mark, std::string reason) {
        refused.push_back({path_, mark.line, mark.column, std::move(reason)});
    }
    void warn(yaml::Mark mark, std::string reason) {
        warnings.push_back({path_, mark.line, mark.column, std::move(reason)});
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    std::vector<RuleProblem> refused;
    std::vector<RuleProblem> warnings;

  private:
    std::string path_;
};

/// "; did you mean 'x'?" when a known word is near, else "; known: a, b, c" (or nothing when
/// `list_known` is false).
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& known,
                                     bool list_known = true);

/// The entry of `map` whose key is a near miss of `key`; null when there is none.
[[nodiscard]] const yaml::Entry* near_miss(const yaml::Node& map, std::string_view key);

/// What a node is, for messages: "a list", "a map" …
[[nodiscard]] std::string_view describe(const yaml::Node& node) noexcept;

/// The text of a scalar; refuses anything else as "<what> must be a text, not …". Empty on refusal.
[[nodiscard]] std::string read_text(const yaml::Node& node, std::string_view what, Problems& out);
/// One text or a list of texts.
[[nodiscard]] std::vector<std::string> read_texts(const yaml::Node& node, std::string_view what,
                                                  Problems& out);

}  // namespace persandian::sigma
