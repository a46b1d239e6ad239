// SPDX-License-Identifier: Apache-2.0
//
// Takes the handshake messages out of one direction of a TLS connection: record layer and message
// headers. Knows nothing of what is in the messages. Source: RFC 8446 section 5.1, RFC 5246 section
// 6.2; for the old first record of SSL 2.0, RFC 5246 appendix E.2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "detectors/base/bytes.h"
#include "detectors/base/units.h"

namespace persandian::protocols::tls {

inline constexpr std::size_t max_record_bytes = 16_KiB + 2_KiB;  ///< RFC 5246 section 6.2.3
inline constexpr std::size_t max_handshake_bytes = 64_KiB;       ///< of one kept message

inline constexpr unsigned client_hello = 1;
inline constexpr unsigned server_hello = 2;
inline constexpr unsigned certificate = 11;

enum class RecordStep : std::uint8_t {
    need_more,
    message,           ///< a handshake message is complete: message_type(), message_body()
    change_cipher,     ///< from here on this direction is encrypted (up to TLS 1.2)
    application_data,  ///< so is it from here on
    alert,
    ssl2_client_hello,  ///< message_version()
    ssl2_server_hello,
    malformed,  ///< no TLS record
    limit,      ///< a message above max_handshake_bytes
};

/// One direction. Looks at each byte once; keeps one message of the three types above.
class RecordReader {
  public:
    /// Reads on, taking what it consumes off the front of `bytes`, to the next step.
    [[nodiscard]] RecordStep step(ByteView& bytes);

    [[nodiscard]] unsigned message_type() const { return type_; }
    /// Empty for messages of other types. Valid until the next step().
    [[nodiscard]] ByteView message_body() const PERSANDIAN_LIFETIME_BOUND {
        return as_bytes(body_);
    }
    [[nodiscard]] std::uint16_t message_version() const { return ssl2_version_; }
    [[nodiscard]] std::size_t held_bytes() const { return body_.capacity(); }
    /// Length of the message that was too long, or of the record that is none.
    [[nodiscard]] std::uint64_t observed() const { return observed_; }

  private:
    RecordStep read_record_header();
    /// Takes bytes of a handshake record; returns how many.
    std::size_t assemble(ByteView bytes);

    std::array<std::byte, 5> record_head_{};
    std::size_t record_head_size_ = 0;
    std::size_t record_left_ = 0;
    unsigned record_type_ = 0;
    bool first_record_ = true;

    std::array<std::byte, 4> message_head_{};
    std::size_t message_head_size_ = 0;
    std::size_t message_left_ = 0;
    unsigned type_ = 0;
    bool complete_ = false;
    bool too_long_ = false;
    std::uint16_t ssl2_version_ = 0;
    std::uint64_t observed_ = 0;
    std::string body_;
};

}  // namespace persandian::protocols::tls
