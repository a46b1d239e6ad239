// SPDX-License-Identifier: Apache-2.0
//
// MimeMessage: a mail on its way, line by line: the headers that say who writes whom about what,
// and its attachments as files. Knows nothing of the protocol that carries it.
//
// Source: RFC 5322 section 2.2, RFC 2045 to 2047, RFC 2183, RFC 2231.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/timestamp.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/transferred_file.h"

namespace persandian::protocols::mime {

inline constexpr std::size_t max_header_bytes = 8192;  ///< of one header, unfolded; then cut
inline constexpr std::size_t max_depth = 8;            ///< of nested multiparts; deeper is text
inline constexpr std::size_t max_attachments = 64;     ///< named in the event
inline constexpr std::size_t max_boundary_bytes = 70;  ///< RFC 2046 section 5.1.1

/// "=?utf-8?B?…?=" and its like as UTF-8; other character sets than UTF-8, US-ASCII and ISO-8859-1
/// stay as they are. RFC 2047.
[[nodiscard]] std::string decoded_words(std::string_view text);
/// The value of a parameter ("name", "boundary") of a header, without quotes; RFC 2231's
/// "name*=utf-8''…" is decoded. Empty when absent.
[[nodiscard]] std::string parameter(std::string_view header, std::string_view name);

/// Life-cycle: add_line() for each line, finish() once at the mail's end. Memory: one header, the
/// headers told, one file.
class MimeMessage {
  public:
    struct Headers {
        std::string from, to, cc, subject, date, message_id, x_mailer;
    };

    /// `sender`: the direction in which the mail goes.
    explicit MimeMessage(flow::Direction sender) : sender_(sender) {}

    /// `line` without its end, dots unstuffed.
    void add_line(std::string_view line, EventEmitter& out, Timestamp time);
    /// Bytes are missing.
    void lose() noexcept;
    /// The attachment at work is told; `whole`: the mail's end was seen.
    void finish(bool whole, EventEmitter& out, Timestamp time);

    [[nodiscard]] const Headers& headers() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return headers_;
    }
    [[nodiscard]] const std::vector<std::string>& attachments() const noexcept
        PERSANDIAN_LIFETIME_BOUND {
        return attachments_;
    }
    [[nodiscard]] std::size_t held_bytes() const noexcept;

  private:
    enum class Encoding : std::uint8_t { none, base64, quoted_printable };

    void end_header();
    void read_header(std::string_view name, std::string_view value);
    void begin_body(EventEmitter& out);
    void begin_part();
    void end_part(bool whole, EventEmitter& out, Timestamp time);
    [[nodiscard]] bool take_boundary(std::string_view line, EventEmitter& out, Timestamp time);
    void add_body(std::string_view line);
    void add_base64(std::string_view line);
    void add_quoted(std::string_view line);

    flow::Direction sender_;
    bool in_headers_ = true;
    bool top_ = true;  ///< the headers at work are the mail's own
    std::string header_;
    Headers headers_;
    std::string content_type_, disposition_;
    Encoding encoding_ = Encoding::none;
    std::vector<std::string> boundaries_;  ///< outermost first
    std::vector<std::string> attachments_;
    std::optional<TransferredFile> file_;
    std::string carry_;       ///< base64: up to three letters; plain: the line end before this line
    bool first_line_ = true;  ///< of a body
};

}  // namespace persandian::protocols::mime
