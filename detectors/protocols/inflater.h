// SPDX-License-Identifier: Apache-2.0
//
// Inflater: the first bytes of a gzip or deflate stream, decoded as they come. The only file that
// knows zlib.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "detectors/base/bytes.h"

namespace persandian::protocols {

/// Decodes gzip (RFC 1952), zlib (RFC 1950) and, as some servers send it under the name of deflate,
/// raw deflate (RFC 1951). Stops for good after `max_output_bytes` or at an error, so a stream that
/// unfolds a thousandfold costs no more than what is kept. Holds about 45 KiB while it runs.
class Inflater {
  public:
    static constexpr std::size_t working_bytes = std::size_t{45} * 1024;
    explicit Inflater(std::size_t max_output_bytes);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    /// Decodes the next bytes of the stream, appending to `out`.
    void feed(ByteView bytes, std::string& out);
    /// No more output will come; more input is ignored.
    [[nodiscard]] bool finished() const noexcept { return state_ == nullptr; }
    /// The stream broke its format.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::size_t left_bytes_;
    bool failed_ = false;
};

}  // namespace persandian::protocols
