// SPDX-License-Identifier: Apache-2.0
//
// Reads one direction of an HTTP/1 connection: start lines, headers, bodies. Knows nothing of
// transactions or events. Tolerant where servers are: bare LF, folded headers, odd methods, missing
// spaces; what is odd is remembered and said.
//
// Source: RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/base/units.h"
#include "detectors/protocols/inflater.h"
#include "detectors/protocols/text_scan.h"
#include "detectors/protocols/transferred_file.h"

namespace persandian::protocols::http {

inline constexpr std::size_t max_line_bytes = 16_KiB;  ///< longer lines are cut
inline constexpr std::size_t max_head_bytes = 64_KiB;  ///< start line and headers, then `limit`
inline constexpr std::size_t max_headers = 128;        ///< kept; more are read over
inline constexpr std::size_t max_junk_bytes = 64_KiB;  ///< before a start line, then `malformed`
/// A larger Content-Length (an exbibyte) is no length but an attack.
inline constexpr std::uint64_t max_content_length = std::uint64_t{1} << 60U;
inline constexpr std::size_t max_body_bytes = 4_KiB;      ///< kept of each body, decoded
inline constexpr std::size_t max_decoded_bytes = 64_MiB;  ///< of a compressed body seen as a file

struct Header {
    std::string name;   ///< as sent
    std::string value;  ///< without space around it; folded lines joined by one space
};

/// A request or a response, as far as it was read.
struct Message {
    std::string method;   ///< requests
    std::string target;   ///< requests
    std::string version;  ///< "HTTP/1.1"; empty for HTTP/0.9
    unsigned status = 0;  ///< responses
    std::string reason;   ///< responses: the words after the status
    std::vector<Header> headers;
    std::string body;              ///< first max_body_bytes, content coding removed
    std::uint64_t body_bytes = 0;  ///< as transferred, without chunk framing

    /// Value of the first header of that name, in any case; null when absent. Valid until the
    /// message changes.
    [[nodiscard]] const std::string* find(std::string_view name) const PERSANDIAN_LIFETIME_BOUND;
    /// What the message holds in memory, roughly.
    [[nodiscard]] std::size_t held_bytes() const;
};

/// Odd things that do not stop the reader; each said once per message.
enum class Oddity : std::uint8_t {
    line_too_long,
    too_many_headers,
    header_without_colon,
    space_before_colon,
    bad_content_length,
    conflicting_content_length,
    content_length_and_chunked,
    bad_content_encoding,
    compression_bomb,
    unexpected_data,
    count,
};
/// "line_too_long" …; static storage.
[[nodiscard]] std::string_view oddity_name(Oddity oddity);

enum class Role : std::uint8_t { request, response };

/// What step() came to.
enum class Step : std::uint8_t {
    need_more,         ///< all input is consumed
    head_complete,     ///< message() has its headers: call begin_body() now
    message_complete,  ///< call next_message()
    malformed,
    limit,  ///< max_head_bytes
};

/// One direction of a connection. Every input byte is looked at once; memory: one line, one
/// message.
class MessageReader {
  public:
    explicit MessageReader(Role role) : role_(role) {}

    /// Reads on, taking what it consumes off the front of `bytes`, to the next milestone. Call it
    /// until it says need_more; it may say message_complete with empty input.
    [[nodiscard]] Step step(ByteView& bytes);
    /// After head_complete. `forbidden`: this response has no body whatever its headers say.
    /// The body, content coding removed, also goes to `file`, which must stay until
    /// message_complete, end() or next_message(); may be null.
    void begin_body(bool forbidden, TransferredFile* file = nullptr);
    /// After message_complete: forgets the message.
    void next_message();
    /// `count` bytes were lost. True: the current message goes on without them; false: it cannot
    /// be continued; after next_message() the reader looks for a start line, however far.
    [[nodiscard]] bool skip_gap(std::uint64_t count);
    /// The input breaks off: a request line that has begun counts as far as it came.
    void cut();
    /// The direction ends. Whether that completes the current message (a body until close).
    [[nodiscard]] bool end();

    /// Whether a message has begun: its start line was read.
    [[nodiscard]] bool has_start() const { return has_start_; }
    /// Whether a body without a stated length goes on until the connection ends.
    [[nodiscard]] bool in_endless_body() const { return state_ == State::body_until_close; }
    [[nodiscard]] bool in_head() const { return state_ == State::headers; }
    [[nodiscard]] Message& message() PERSANDIAN_LIFETIME_BOUND { return message_; }
    /// What the message so far takes beside this object, about.
    [[nodiscard]] std::size_t held_bytes() const;
    /// Bits of the oddities since the last call, 1 << Oddity.
    [[nodiscard]] std::uint32_t take_oddities();

  private:
    enum class State : std::uint8_t {
        start_line,
        headers,
        head_done,
        counted_body,
        body_until_close,
        chunk_size,
        chunk_data,
        chunk_end,
        trailers,
        complete,
        broken,
    };

    std::optional<std::string_view> take_line(ByteView& bytes);
    bool read_start_line(std::string_view line);
    bool read_request_line(std::string_view line);
    bool read_status_line(std::string_view line);
    void read_header(std::string_view line);
    bool read_chunk_size(std::string_view line);
    void read_body(ByteView& bytes);
    void keep_body(ByteView bytes);
    void keep_decoded(std::string_view decoded);
    std::optional<std::uint64_t> content_length();
    bool is_chunked() const;
    void choose_coding();
    Step on_start_line(std::string_view line);
    Step on_line(std::string_view line);
    void odd(Oddity oddity) { oddities_ |= 1U << static_cast<unsigned>(oddity); }

    Role role_;
    State state_ = State::start_line;
    bool has_start_ = false;
    bool line_in_use_ = false;  ///< line_ is being read
    bool lost_ = false;         ///< bytes are missing before the next start line
    bool cut_ = false;          ///< the start line broke off
    bool opaque_ = false;       ///< a content coding that we do not decode
    std::string line_;          ///< a line that began in an earlier chunk
    std::size_t head_bytes_ = 0;
    std::size_t kept_head_bytes_ = 0;
    std::size_t junk_bytes_ = 0;
    std::uint64_t left_bytes_ = 0;  ///< of a counted body or a chunk
    std::uint32_t oddities_ = 0;
    std::optional<Inflater> inflater_;
    TransferredFile* file_ = nullptr;
    Message message_;
};

/// GET, POST, … and the methods of WebDAV and the like.
[[nodiscard]] bool is_known_method(std::string_view method);
/// Whether `line` (without its line end) is "METHOD target HTTP/1.x", or of a known method and a
/// path without a version.
[[nodiscard]] bool is_request_line(std::string_view line);
/// Whether `line` begins with "HTTP/1.x ddd".
[[nodiscard]] bool is_status_line(std::string_view line);

}  // namespace persandian::protocols::http
