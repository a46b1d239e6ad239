// SPDX-License-Identifier: Apache-2.0
//
// Inflater: a gzip or deflate stream, decoded as it comes. The only file that knows zlib.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "detectors/base/bytes.h"

namespace persandian::protocols {

/// Decodes gzip (RFC 1952), zlib (RFC 1950) and, as some servers send it under the name of deflate,
/// raw deflate (RFC 1951). Stops for good after `max_output_bytes`, at an error, and when it
/// unfolds more than max_ratio-fold beyond free_output_bytes: a compression bomb costs no more than
/// that. Holds about 45 KiB while it runs.
class Inflater {
  public:
    static constexpr std::size_t max_ratio = 200;
    static constexpr std::size_t free_output_bytes = std::size_t{1} << 20U;
    /// Takes what was decoded, up to 4 KiB at a time.
    using Output = std::function<void(std::string_view)>;
    static constexpr std::size_t working_bytes = std::size_t{45} * 1024;
    explicit Inflater(std::size_t max_output_bytes);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    /// Decodes the next bytes of the stream.
    void feed(ByteView bytes, const Output& out);
    /// No more output will come; more input is ignored.
    [[nodiscard]] bool finished() const noexcept { return state_ == nullptr; }
    /// The stream broke its format.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// It was given up for its size or its ratio: output is missing.
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }
    [[nodiscard]] std::size_t output_bytes() const noexcept { return output_bytes_; }

  private:
    [[nodiscard]] bool is_too_much() const noexcept;

    struct State;
    std::unique_ptr<State> state_;
    std::size_t max_output_bytes_;
    std::size_t input_bytes_ = 0;
    std::size_t output_bytes_ = 0;
    bool failed_ = false;
    bool gave_up_ = false;
};

}  // namespace persandian::protocols
