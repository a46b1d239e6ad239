// SPDX-License-Identifier: Apache-2.0
//
// What parsers have in common whose messages are datagrams, each for itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detectors/protocols/protocol.h"

namespace persandian::protocols {

/// Holds nothing between datagrams but itself. Derived: on_datagram(), and what else it needs.
class DatagramParser : public ProtocolParser {
  public:
    std::size_t held_bytes() const noexcept override { return sizeof(*this); }
    ParseProblem problem() const noexcept override { return problem_; }

  protected:
    /// Remembers what is wrong; returns `malformed`.
    ParseStatus malformed(std::string_view event, std::uint64_t observed = 0,
                          std::uint64_t limit = 0) noexcept {
        problem_ = {event, observed, limit};
        return ParseStatus::malformed;
    }

  private:
    ParseProblem problem_;
};

}  // namespace persandian::protocols
