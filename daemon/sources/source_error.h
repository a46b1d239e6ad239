// SPDX-License-Identifier: Apache-2.0
//
// SourceError: why a source could not be opened, and what to do about it. Thrown by open() only;
// once a source runs, faults are told by next() and fault().
#pragma once

#include <stdexcept>
#include <string>

namespace persandian::sources {

class SourceError : public std::runtime_error {
  public:
    enum class Kind { not_found, permission, unsupported, bad_filter, bad_option, device };

    /// what() is "NAME: REASON; REMEDY" in one line.
    SourceError(Kind kind, const std::string& name, const std::string& reason,
                const std::string& remedy)
        : std::runtime_error(name + ": " + reason + (remedy.empty() ? "" : "; " + remedy)),
          kind_(kind),
          remedy_(remedy) {}

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& remedy() const noexcept { return remedy_; }

  private:
    Kind kind_;
    std::string remedy_;
};

}  // namespace persandian::sources
