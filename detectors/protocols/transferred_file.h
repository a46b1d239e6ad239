// SPDX-License-Identifier: Apache-2.0
//
// TransferredFile: a file on its way through some protocol. Its parser gives the bytes as they
// come; in the end it becomes one `fileinfo` event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"
#include "detectors/base/digest.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/flow/flow.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols {

/// Life-cycle: made when the transfer begins, add() and lose() in the file's order, finish() once.
/// Memory: the first head_bytes of the file, its name and about 1 KiB for the hashes.
class TransferredFile {
  public:
    static constexpr std::size_t head_bytes = 4_KiB;     ///< for rules and libmagic
    static constexpr std::size_t max_name_bytes = 1024;  ///< longer names are cut

    /// `out` only tells what is wanted. `name` and `mime_type` may be empty, and set later.
    explicit TransferredFile(const EventEmitter& out, std::string_view name = {},
                             std::string_view mime_type = {});

    /// Whether anybody wants to know of files at all: where looking at them costs (bodies of HTTP,
    /// reads of SMB), do not make one otherwise.
    [[nodiscard]] static bool is_wanted(const EventEmitter& out) noexcept;

    void set_name(std::string_view name) { name_ = name.substr(0, max_name_bytes); }
    void set_mime_type(std::string_view type) { mime_type_ = type.substr(0, max_name_bytes); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// The next bytes of the file, transfer encodings removed.
    void add(ByteView bytes);
    /// `bytes` of it were lost.
    void lose(std::uint64_t bytes) noexcept;
    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }
    [[nodiscard]] std::size_t held_bytes() const noexcept;

    /// Emits the `fileinfo` event. `sender`: the direction in which the file went. `complete`: its
    /// end was seen. An empty file without a name is not worth an event. `add_context` adds what
    /// the protocol knows of it beside (the URL).
    void finish(EventEmitter& out, flow::Direction sender, Timestamp time, bool complete,
                const std::function<void(Event&)>& add_context = {});

  private:
    std::string name_;
    std::string mime_type_;
    std::string head_;
    std::uint64_t size_bytes_ = 0;
    bool gaps_ = false;
    bool keep_head_;
    std::optional<Hasher> sha256_, sha1_, md5_;
};

}  // namespace persandian::protocols
