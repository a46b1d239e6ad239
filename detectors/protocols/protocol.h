// SPDX-License-Identifier: Apache-2.0
//
// The interface of the protocols room: what a protocol parser is, and the record that describes it
// to the rest of the program. One file per protocol; see README.md here for how to add one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "detectors/base/bytes.h"
#include "detectors/event/event.h"
#include "detectors/event/field.h"
#include "detectors/flow/flow.h"

namespace persandian::protocols {

enum class Transport : std::uint8_t { tcp, udp, tcp_and_udp };

/// Whether the first bytes of a direction are this protocol.
enum class Probe : std::uint8_t { not_mine, unsure, mine };

enum class ParseStatus : std::uint8_t {
    ok,         ///< consumed; goes on with the next chunk
    need_more,  ///< consumed into the parser's own bounded buffer; waits for more
    malformed,  ///< breaks the protocol: becomes an anomaly event, the parser is dropped (for
                ///< datagrams, which stand alone, only after RoomLimits::problems_per_flow)
    limit,      ///< one of the entry's limits: becomes an anomaly event, dropped likewise
    stop,       ///< nothing more of interest in this flow (encrypted from here on, …)
    upgrade,    ///< another protocol begins; unread_bytes() of this chunk are its first
};

/// What went wrong, for the anomaly event of `malformed` and `limit`.
struct ParseProblem {
    std::string_view event;  ///< name of the anomaly, "compression_loop"; static storage
    std::uint64_t observed = 0;
    std::uint64_t limit = 0;
};

/// A flow that a parser announces: FTP's data connection, TFTP's answer. The next flow to that end
/// is not probed but given to the entry's parser.
struct Announcement {
    IpAddress server;        ///< who will be connected to
    std::uint16_t port = 0;  ///< where
    std::string_view entry;  ///< name of the entry whose parser gets it; static storage
    bool tcp = true;         ///< false: UDP
    /// What is said of it, "RETR laporan.pdf"; the announcing parser may go on writing it. See
    /// ProtocolParser::on_announced().
    std::shared_ptr<std::string> note;
};

/// Where a parser's events go. begin() gives an event with the flow's fields, app_proto and origin
/// already set; commit() hands it on. The event is valid until commit() returns. One event at a
/// time; an anomaly may come in between.
class EventEmitter {
  public:
    virtual ~EventEmitter() = default;
    /// `type`: static storage ("dns"). `direction`: who is src and who is dest.
    [[nodiscard]] virtual Event& begin(std::string_view type, flow::Direction direction,
                                       Timestamp time) = 0;
    virtual void commit() = 0;
    /// A flow that is to come, at the latest RoomLimits::announced_seconds from `time` on.
    virtual void announce(Announcement announcement, Timestamp time) = 0;
    /// What libmagic calls a file that begins with `head` ("PE32 executable …"), "" without its
    /// table. Costs up to a millisecond: ask once per file, and only if somebody wants() it.
    [[nodiscard]] virtual std::string magic(ByteView head) = 0;
    /// Whether anybody reads a field that is dear to make (of kind bytes, a hash, libmagic's word):
    /// do not make it otherwise.
    [[nodiscard]] bool wants(const Field& field) const noexcept {
        return std::find(wanted_.begin(), wanted_.end(), &field) != wanted_.end();
    }
    [[nodiscard]] bool wants_any() const noexcept { return !wanted_.empty(); }
    /// An anomaly that does not end the parser (odd but readable).
    virtual void anomaly(const ParseProblem& problem, flow::Direction direction,
                         Timestamp time) = 0;

  protected:
    EventEmitter() = default;
    explicit EventEmitter(std::span<const Field* const> wanted) noexcept : wanted_(wanted) {}

  private:
    std::span<const Field* const> wanted_;
};

/// Parses one flow. Never throws, never reads past what it is given, buffers at most its entry's
/// limits, does work proportional to the bytes it gets.
class ProtocolParser {
  public:
    virtual ~ProtocolParser() = default;
    /// This flow was announced by another one's parser. Called once, before anything else.
    virtual void on_announced(std::shared_ptr<const std::string> /*note*/) noexcept {}
    /// In-order bytes of a TCP direction; gap_bytes > 0 means bytes are missing before them and the
    /// parser must resynchronise or answer `stop`. Of an entry for UDP alone it is never called.
    [[nodiscard]] virtual ParseStatus on_chunk(const flow::StreamChunk& /*chunk*/,
                                               EventEmitter& /*out*/) noexcept {
        return ParseStatus::stop;
    }
    /// One datagram. Of an entry for TCP alone it is never called.
    [[nodiscard]] virtual ParseStatus on_datagram(const flow::Datagram& /*datagram*/,
                                                  EventEmitter& /*out*/) noexcept {
        return ParseStatus::stop;
    }
    /// A direction has ended (FIN, RST): no chunk of it follows. For bodies that end with it.
    virtual void on_direction_end(flow::Direction /*direction*/, Timestamp /*time*/,
                                  EventEmitter& /*out*/) noexcept {}
    /// The flow ends, or the parser is about to be dropped: emit what is pending (a request
    /// without response). Called once and last.
    virtual void finish(Timestamp /*time*/, EventEmitter& /*out*/) noexcept {}
    /// After `upgrade`: how many bytes at the chunk's end belong to what follows.
    [[nodiscard]] virtual std::size_t unread_bytes() const noexcept { return 0; }
    /// Memory of this parser: itself and what it buffers, about, in constant time. Asked after each
    /// chunk; see RoomLimits::parser_memory_bytes.
    [[nodiscard]] virtual std::size_t held_bytes() const noexcept = 0;
    /// Details of the last `malformed` or `limit`.
    [[nodiscard]] virtual ParseProblem problem() const noexcept = 0;
};

/// A named limit of an entry, shown by `persandian list protocols`.
struct LimitInfo {
    std::string_view name;
    std::uint64_t value = 0;
    std::string_view unit;
};

/// The record by which the room knows a protocol. Static storage throughout.
struct ProtocolEntry {
    std::string_view name;  ///< EVE's app_proto: "dns"
    Transport transport = Transport::tcp;
    /// Usual server ports, tried first; a flow found on another one has the anomaly foreign_port.
    /// Empty: it has no usual port.
    std::span<const std::uint16_t> ports;
    std::span<const Field* const> fields;  ///< what its events may carry beside common fields
    std::span<const LimitInfo> limits;
    std::span<const std::string_view> references;  ///< "RFC 1035 section 4.1"
    /// Looks at the first bytes of one direction (TCP: up to RoomLimits::probe_bytes from its
    /// start; UDP: the whole datagram). `flow` gives ports as a hint, and whether it is TCP or UDP.
    /// Null: only flows that another parser announced are this protocol.
    Probe (*probe)(ByteView bytes, flow::Direction direction,
                   const flow::FlowInfo& flow) noexcept = nullptr;
    std::unique_ptr<ProtocolParser> (*make)() = nullptr;
    /// Whether bytes that begin a segment in the midst of an unknown TCP flow begin this protocol
    /// beyond doubt (TLS after STARTTLS, HTTP after SOCKS). Null: it begins flows only.
    bool (*begins_inside)(ByteView bytes) noexcept = nullptr;
};

/// All entries of the room, in the order of its CMake list. Generated; static storage.
[[nodiscard]] std::span<const ProtocolEntry* const> catalog() noexcept;

}  // namespace persandian::protocols
