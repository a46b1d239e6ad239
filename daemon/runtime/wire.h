// SPDX-License-Identifier: Apache-2.0
//
// The messages between inspector and recorder: the only thing the process that signs ever parses
// from the process that reads foreign bytes. Fixed binary layout, versioned, bounded, fuzzed.
//
// Frame: u32 big-endian length of what follows (2..max_frame_bytes), u8 version, u8 type, payload.
// Integers are big-endian; text is u32 length + bytes; lists are u32 count + items.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/sources/cursor_store.h"
#include "detectors/base/bytes.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/event/finding.h"
#include "detectors/incident/incident_stage.h"
#include "detectors/incident/record_draft.h"

namespace persandian::runtime {

inline constexpr std::uint8_t wire_version = 2;
inline constexpr std::size_t max_frame_bytes = 1_MiB;

/// Inspector → recorder: ready; also the answer to a reload.
struct Hello {
    Digest rule_set;
    std::uint64_t process_id = 0;
};
/// Inspector → recorder: counters since this inspector's start, and how far event time has come.
/// Sent at least every heartbeat; its absence means a hung inspector.
struct Progress {
    incident::Coverage coverage;
    Timestamp event_time;
};
/// Inspector → recorder: log source `index` is read up to here; every finding of what stands before
/// was sent before. Recorder → inspector, before it begins: go on from here.
/// `again`: recorder → inspector: begin here instead, so that windows of correlations fill; what
/// stands before the other place is read again. Inspector → recorder: this far it was; what follows
/// is new.
struct Cursor {
    std::uint32_t index = 0;
    sources::LogCursor place;
    bool again = false;
};
/// Inspector → recorder: something could not be read; becomes a gap record.
struct Loss {
    std::string what;  ///< "capture" or "log"
    std::string reason;
    Timestamp from, to;
    std::uint64_t count = 0;
};
/// Inspector → recorder: a line for the program's log. `level` as config::LogLevel.
struct Note {
    std::uint8_t level = 1;
    std::string text;
};
/// Inspector → recorder: drained; nothing follows.
struct Bye {};
/// Recorder → inspector, first message: the configuration in force.
struct ConfigText {
    std::string path, text;
    std::vector<std::string> overrides;  ///< --set
};
/// Recorder → inspector: a file of the new rule set, or a piece of one; RulesEnd completes the set.
struct RuleText {
    static constexpr std::size_t max_text_bytes = max_frame_bytes / 2;

    bool is_logsource = false;
    bool continues = false;  ///< the text goes on from the message before, of the same file
    std::string path, text;
};
struct RulesEnd {
    Digest rule_set;  ///< what the recorder computed; the inspector must come to the same
};
/// Recorder → inspector: stop reading, end all flows, send what is left, then Bye.
struct Drain {};

/// Control socket, client → recorder: "status", or "append" with a decision or key record.
struct Request {
    std::string verb;
    incident::RecordDraft draft;  ///< append only; its commitments are computed again, not trusted
};
/// Control socket, recorder → client. `exit_code` is a sysexits code, 0 = done.
struct Reply {
    std::uint32_t exit_code = 0;
    std::string text;
};

using Message = std::variant<Hello, Progress, Cursor, Loss, Note, Bye, ConfigText, RuleText,
                             RulesEnd, Drain, Finding, Request, Reply>;

/// Appends one frame. Texts and lists longer than the frame can hold are cut (evidence first), so
/// that every Finding fits.
void append_frame(std::string& out, const Message& message);

/// Reads the payload of one frame: version, type and fields, without the length.
/// malformed: unknown version or type, lengths that do not add up, bytes left over.
/// limit: a list or text beyond its named limit.
[[nodiscard]] Result<Message> parse_frame(ByteView frame);

/// Splits a byte stream into frames. Holds at most max_frame_bytes + 4.
class FrameBuffer {
  public:
    /// Adds bytes as read from the socket.
    void append(ByteView bytes);
    /// Whether a whole frame is there; if so `frame` is its content without the length, valid until
    /// the next append() or pop(). A length beyond max_frame_bytes makes broken() true for good.
    [[nodiscard]] bool front(ByteView& frame);
    void pop();
    [[nodiscard]] bool broken() const noexcept { return broken_; }

  private:
    std::string bytes_;
    std::size_t begin_ = 0;
    bool broken_ = false;
};

}  // namespace persandian::runtime
