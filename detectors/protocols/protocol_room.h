// SPDX-License-Identifier: Apache-2.0
//
// The machinery of the protocols room: finds out which protocol a flow speaks, runs that entry's
// parser, and turns what parsers say into events. Knows no protocol by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "detectors/base/units.h"
#include "detectors/event/event.h"
#include "detectors/flow/flow.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols {

/// Limits of the machinery; entries have their own.
struct RoomLimits {
    static constexpr std::size_t probe_bytes = 256;            ///< per TCP direction, then give up
    static constexpr std::size_t probe_datagrams = 16;         ///< per UDP flow, then give up
    static constexpr std::size_t probe_midstream_chunks = 16;  ///< TCP picked up in its middle
    static constexpr std::size_t later_chunks = 32;  ///< of an unknown TCP flow, looked at singly
    static constexpr std::size_t held_chunks = 64;   ///< while probing, both directions
    static constexpr std::size_t problems_per_flow = 16;   ///< malformed datagrams, then drop
    static constexpr std::size_t anomalies_per_flow = 16;  ///< events; more are only counted
    static constexpr std::size_t upgrades_per_flow = 4;    ///< protocols after one another
    static constexpr std::size_t entries = 64;             ///< of the catalog
    static constexpr std::size_t announced_flows = 256;    ///< that wait; more push out the oldest
    static constexpr std::int64_t announced_seconds = 60;  ///< then nobody waits for them
    /// Parsers and probed bytes of all flows; above it the flow that has held longest loses its
    /// parser.
    static constexpr std::size_t parser_memory_bytes = 256_MiB;
};

/// What one entry did since the room was made.
struct EntryCounters {
    std::string_view name;  ///< of the entry; static storage
    std::uint64_t flows = 0;
    std::uint64_t events = 0;     ///< anomalies not included
    std::uint64_t malformed = 0;  ///< messages or streams that break the protocol
    std::uint64_t limits = 0;     ///< streams given up because of one of the entry's limits
    std::uint64_t anomalies = 0;  ///< odd but readable
    std::uint64_t anomalies_suppressed = 0;  ///< of the last three, without an event of their own
};

struct RoomCounters {
    std::vector<EntryCounters> entries;     ///< in the order of catalog()
    std::uint64_t flows = 0;                ///< TCP and UDP
    std::uint64_t flows_unknown = 0;        ///< probing gave up
    std::uint64_t flows_dropped = 0;        ///< for RoomLimits::parser_memory_bytes
    std::uint64_t announced_forgotten = 0;  ///< for RoomLimits::announced_flows
    std::uint64_t held_bytes = 0;           ///< by parsers and probing, now
};

/// What libmagic knows; see file_types.h.
class FileTypes;
class FlowProbe;

/// Flows that hold memory, in the order in which they began to: a list through the flows
/// themselves.
struct HolderList {
    FlowProbe* oldest = nullptr;
    FlowProbe* newest = nullptr;
};

/// Makes one observer per TCP or UDP flow. The observer probes the first bytes of both directions
/// against all entries (those whose port matches first; content decides), then feeds one parser.
/// A TCP flow that no entry knows is looked at a while longer, for what may begin inside it (TLS
/// after STARTTLS).
///
/// Life-cycle: made once, outlives its flow room. `sink` outlives it. Single-threaded. Memory per
/// flow: an observer of 128 bytes, while probing at most two times RoomLimits::probe_bytes, then
/// what the entry's limits allow; of all flows RoomLimits::parser_memory_bytes.
class ProtocolRoom final : public flow::FlowObserverFactory {
  public:
    explicit ProtocolRoom(EventSink& sink,
                          std::span<const ProtocolEntry* const> entries = catalog(),
                          std::size_t parser_memory_bytes = RoomLimits::parser_memory_bytes);
    ~ProtocolRoom() override;
    ProtocolRoom(const ProtocolRoom&) = delete;
    ProtocolRoom& operator=(const ProtocolRoom&) = delete;

    /// The evidence of events from now on: the engine gives the packet it is about to hand to the
    /// flow room, or {} before it moves time without a packet. The origin's views must stay valid
    /// until the next call.
    void set_origin(const Origin& origin) noexcept;

    /// Which of the fields that are dear to make somebody reads; none at first.
    void set_wanted(std::vector<const Field*> fields) noexcept { wanted_ = std::move(fields); }
    /// What tells files apart; null at first. Must outlive the room.
    void set_file_types(const FileTypes* types) noexcept { file_types_ = types; }

    [[nodiscard]] std::unique_ptr<flow::FlowObserver> on_flow_start(
        const flow::FlowInfo& flow) noexcept override;

    [[nodiscard]] const RoomCounters& counters() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return counters_;
    }

  private:
    friend class FlowProbe;
    friend class RoomEmitter;

    struct Announced {
        Announcement what;
        Timestamp time;
    };
    void announce(Announcement announcement, Timestamp time);
    /// The announcement of a flow, which is then no longer waited for.
    [[nodiscard]] std::optional<Announcement> take_announcement(const flow::FlowInfo& flow);
    [[nodiscard]] std::optional<std::size_t> entry_named(std::string_view name) const;

    /// Bits of the entries that have one of the flow's ports.
    [[nodiscard]] std::uint64_t entries_with_port(const flow::FlowInfo& flow) const noexcept;
    /// After the flow at work came to hold something else: keeps to the memory limit.
    void make_room() noexcept;

    EventSink& sink_;
    std::span<const ProtocolEntry* const> entries_;
    std::size_t parser_memory_bytes_;
    HolderList holders_;
    bool some_begin_inside_ = false;
    std::uint64_t tcp_entries_ = 0, udp_entries_ = 0;  ///< bits of those that probe
    std::unordered_map<std::uint16_t, std::uint64_t> entries_by_port_;
    std::vector<const Field*> wanted_;
    const FileTypes* file_types_ = nullptr;
    std::deque<Announced> announced_;  ///< oldest first
    RoomCounters counters_;
    Origin origin_;
    Event event_;          ///< what a parser is filling
    Event anomaly_;        ///< an anomaly may come up meanwhile
    std::string scratch_;  ///< what a flow said first, put together for its probing
};

}  // namespace persandian::protocols
