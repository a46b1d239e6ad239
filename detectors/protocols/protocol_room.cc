// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/protocol_room.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "detectors/protocols/room_emitter.h"

namespace persandian::protocols {
namespace {

constexpr std::uint8_t ip_tcp = 6;
constexpr std::uint8_t ip_udp = 17;

bool carries(const ProtocolEntry& entry, std::uint8_t ip_protocol) {
    if (entry.transport == Transport::tcp_and_udp) return true;
    return (entry.transport == Transport::tcp) == (ip_protocol == ip_tcp);
}

std::size_t index_of(flow::Direction direction) {
    return direction == flow::Direction::to_server ? 0 : 1;
}

}  // namespace

/// Listens to one flow: probing, perhaps looking later, then parsing, then done.
class FlowProbe final : public flow::FlowObserver {
  public:
    FlowProbe(ProtocolRoom& room, const flow::FlowInfo& flow) noexcept : room_(room), flow_(flow) {
        if (!start_announced()) begin_probing();
    }
    ~FlowProbe() override { release(); }
    FlowProbe(const FlowProbe&) = delete;
    FlowProbe& operator=(const FlowProbe&) = delete;

    void on_chunk(const flow::StreamChunk& chunk) noexcept override {
        if (done()) return;
        take(chunk);
        account();
        room_.make_room();
    }

    void on_datagram(const flow::Datagram& datagram) noexcept override {
        if (done()) return;
        if (parser_ == nullptr) {
            if (probing_ == nullptr) make_probing();
            const Verdict verdict = probe(datagram.bytes, datagram.direction, false);
            if (!verdict.found) {
                if (++probing_->attempts >= RoomLimits::probe_datagrams) give_up();
                return;
            }
            start(verdict.entry);
            end_probing();
            note_foreign_port(datagram.direction, datagram.time);
        }
        last_time_ = datagram.time;
        RoomEmitter out = emitter();
        const ParseStatus status = parser_->on_datagram(datagram, out);
        settle(status, datagram.direction, datagram.time, true);
        account();
        room_.make_room();
    }

    void on_direction_end(const flow::FlowInfo&, flow::Direction direction,
                          Timestamp time) noexcept override {
        if (parser_ == nullptr) return;
        RoomEmitter out = emitter();
        parser_->on_direction_end(direction, time, out);
    }

    void on_end(const flow::FlowInfo&, Timestamp time) noexcept override {
        if (!done() && is_unknown()) give_up();
        drop(time);
        release();
    }

    std::string_view app_proto() const noexcept override {
        if (entry_ != no_entry) return room_.entries_[entry_]->name;
        return gave_up_ || is_unknown() ? "failed" : "";
    }
    bool done() const noexcept override { return gave_up_ || dropped_; }

    /// Loses its parser, so that others have room.
    void lose(std::size_t limit_bytes) noexcept {
        ++room_.counters_.flows_dropped;
        if (parser_ != nullptr) {
            RoomEmitter out = emitter();
            ++out.counters().limits;
            out.report({"parser_memory", room_.counters_.held_bytes, limit_bytes},
                       flow::Direction::to_server, last_time_);
        }
        drop(last_time_);
        release();
    }

  private:
    static constexpr std::uint8_t no_entry = 0xFF;

    struct Verdict {
        bool found = false;
        std::size_t entry = 0;
    };

    /// A chunk that waits for the verdict; its bytes stand in Probing::heads.
    struct Held {
        flow::Direction direction;
        std::uint16_t size = 0;
        std::uint64_t stream_offset_bytes = 0;
        Timestamp time;
    };

    struct Probing {
        std::uint64_t candidates = 0;  ///< bit per entry
        std::array<std::string, 2> heads;
        std::vector<Held> held;
        std::uint8_t attempts = 0;
        bool lost_start = false;

        [[nodiscard]] std::size_t held_bytes() const {
            return sizeof(Probing) + heads[0].capacity() + heads[1].capacity() +
                   held.capacity() * sizeof(Held);
        }
        void forget() {
            heads[0].clear();
            heads[1].clear();
            held.clear();
        }
        void hold(const flow::StreamChunk& chunk) {
            heads[index_of(chunk.direction)] += as_text(chunk.bytes);
            held.push_back({chunk.direction, static_cast<std::uint16_t>(chunk.bytes.size()),
                            chunk.stream_offset_bytes, chunk.time});
        }
    };

    void take(const flow::StreamChunk& chunk) {
        last_time_ = chunk.time;
        if (parser_ != nullptr) return parse(chunk);
        if (!probes_) return look_later(chunk);
        if (probing_ == nullptr) make_probing();
        if (chunk.gap_bytes > 0) probing_->forget();
        const bool midstream = chunk.midstream || chunk.gap_bytes > 0 || probing_->lost_start;
        probing_->lost_start = midstream;
        std::string& head = probing_->heads[index_of(chunk.direction)];
        const std::size_t room_left = RoomLimits::probe_bytes - head.size();
        const ByteView taken = chunk.bytes.first(std::min(room_left, chunk.bytes.size()));
        const ByteView look = head.empty() ? taken : joined(head, taken);
        const Verdict verdict = probe(look, chunk.direction, !midstream);
        if (verdict.found) {
            start(verdict.entry);
            note_foreign_port(chunk.direction, chunk.time);
            replay_held();
            if (parser_ != nullptr) parse_from_its_start(chunk);
            return;
        }
        if (!head.empty() && begin_inside(chunk)) return;
        const bool full = look.size() >= RoomLimits::probe_bytes ||
                          probing_->held.size() >= RoomLimits::held_chunks;
        if (midstream) {
            probing_->forget();
            if (++probing_->attempts >= RoomLimits::probe_midstream_chunks) nothing_found();
        } else if (full || probing_->candidates == 0) {
            nothing_found();
        } else {
            probing_->hold(chunk);
        }
    }

    /// Valid until the next call for any flow.
    ByteView joined(const std::string& head, ByteView more) {
        room_.scratch_ = head;
        room_.scratch_ += as_text(more);
        return as_bytes(room_.scratch_);
    }

    /// Tells the room what this flow holds.
    void account() noexcept {
        std::size_t now = parser_ != nullptr ? parser_->held_bytes() : 0;
        if (probing_ != nullptr) now += probing_->held_bytes();
        room_.counters_.held_bytes += now;
        room_.counters_.held_bytes -= held_bytes_;
        if (now != 0 && held_bytes_ == 0) link();
        if (now == 0 && held_bytes_ != 0) unlink();
        held_bytes_ = now;
    }

    void release() noexcept {
        if (held_bytes_ == 0) return;
        room_.counters_.held_bytes -= held_bytes_;
        held_bytes_ = 0;
        unlink();
    }

    void link() noexcept {
        HolderList& list = room_.holders_;
        older_ = list.newest;
        (older_ != nullptr ? older_->newer_ : list.oldest) = this;
        list.newest = this;
    }

    void unlink() noexcept {
        HolderList& list = room_.holders_;
        (older_ != nullptr ? older_->newer_ : list.oldest) = newer_;
        (newer_ != nullptr ? newer_->older_ : list.newest) = older_;
        older_ = newer_ = nullptr;
    }

    /// Probing has found nothing; see look_later().
    bool is_unknown() const { return parser_ == nullptr && !probes_; }

    bool start_announced() {
        const std::optional<Announcement> announced = room_.take_announcement(flow_);
        if (!announced) return false;
        const std::optional<std::size_t> entry = room_.entry_named(announced->entry);
        if (!entry) return false;
        start(*entry);
        parser_->on_announced(announced->note);
        return true;
    }

    /// Most flows of a scan never say anything: what probing keeps is made with the first bytes.
    void begin_probing() { probes_ = true; }

    void end_probing() {
        probing_.reset();
        probes_ = false;
    }

    void make_probing() {
        probing_ = std::make_unique<Probing>();
        probing_->candidates =
            flow_.ip_protocol == ip_tcp ? room_.tcp_entries_ : room_.udp_entries_;
    }

    RoomEmitter emitter() { return {room_, flow_, entry_, anomalies_}; }

    /// Asks the candidates, those with a matching port first. `exclude`: who says not_mine is not
    /// asked again.
    Verdict probe(ByteView bytes, flow::Direction direction, bool exclude) {
        const std::uint64_t near = room_.entries_with_port(flow_);
        for (std::uint64_t left : {probing_->candidates & near, probing_->candidates & ~near}) {
            for (; left != 0; left &= left - 1) {
                const auto i = static_cast<std::size_t>(std::countr_zero(left));
                const Probe answer = room_.entries_[i]->probe(bytes, direction, flow_);
                if (answer == Probe::mine) return {true, i};
                if (answer == Probe::not_mine && exclude)
                    probing_->candidates &= ~(std::uint64_t{1} << i);
            }
        }
        return {};
    }

    /// After an upgrade (CONNECT, 101) probing was the second look already.
    void nothing_found() {
        end_probing();
        if (!room_.some_begin_inside_ || entry_ != no_entry) give_up();
    }

    /// Something else came first: a protocol that we do not know may hand over to one that we do
    /// (STARTTLS, SOCKS). Who begins then begins a segment.
    void look_later(const flow::StreamChunk& chunk) {
        if (begin_inside(chunk)) return;
        if (++later_chunks_ >= RoomLimits::later_chunks) give_up();
    }

    /// True: `chunk` begins a protocol beyond doubt, whose parser now has it.
    bool begin_inside(const flow::StreamChunk& chunk) {
        for (std::size_t i = 0; i < room_.entries_.size(); ++i) {
            const ProtocolEntry& entry = *room_.entries_[i];
            if (entry.begins_inside == nullptr || !carries(entry, flow_.ip_protocol)) continue;
            if (!entry.begins_inside(chunk.bytes)) continue;
            end_probing();
            start(i);
            parse_from_its_start(chunk);
            return true;
        }
        return false;
    }

    /// What was lost before a chunk that begins a protocol is not missed in it.
    void parse_from_its_start(const flow::StreamChunk& chunk) {
        flow::StreamChunk whole = chunk;
        whole.gap_bytes = 0;
        parse(whole);
    }

    void start(std::size_t entry) {
        entry_ = static_cast<std::uint8_t>(entry);
        parser_ = room_.entries_[entry]->make();
        ++room_.counters_.entries[entry].flows;
    }

    /// Found by its content, where nobody would look for it. What comes inside another protocol
    /// has no port of its own.
    void note_foreign_port(flow::Direction direction, Timestamp time) {
        const ProtocolEntry& entry = *room_.entries_[entry_];
        const bool near = (room_.entries_with_port(flow_) >> entry_ & 1U) != 0;
        if (upgrades_ > 0 || entry.ports.empty() || near) return;
        emitter().anomaly({"foreign_port", flow_.server_port, entry.ports.front()}, direction,
                          time);
    }

    void replay_held() {
        const std::unique_ptr<Probing> probing = std::move(probing_);
        probes_ = false;
        std::array<std::size_t, 2> at{};
        for (const Held& held : probing->held) {
            const std::size_t side = index_of(held.direction);
            const ByteView bytes =
                as_bytes(std::string_view(probing->heads[side]).substr(at[side], held.size));
            at[side] += held.size;
            if (parser_ == nullptr) return;
            parse({.flow = flow_,
                   .direction = held.direction,
                   .bytes = bytes,
                   .stream_offset_bytes = held.stream_offset_bytes,
                   .time = held.time});
        }
    }

    void parse(const flow::StreamChunk& chunk) {
        RoomEmitter out = emitter();
        const ParseStatus status = parser_->on_chunk(chunk, out);
        if (status != ParseStatus::upgrade)
            return settle(status, chunk.direction, chunk.time, false);
        const std::size_t unread = std::min(parser_->unread_bytes(), chunk.bytes.size());
        drop(chunk.time);
        if (++upgrades_ > RoomLimits::upgrades_per_flow) return;
        dropped_ = false;
        begin_probing();
        if (unread == 0) return;
        flow::StreamChunk rest = chunk;
        rest.bytes = chunk.bytes.last(unread);
        rest.stream_offset_bytes += chunk.bytes.size() - unread;
        rest.gap_bytes = 0;
        take(rest);
    }

    void settle(ParseStatus status, flow::Direction direction, Timestamp time, bool datagram) {
        if (status == ParseStatus::ok || status == ParseStatus::need_more) return;
        if (status == ParseStatus::stop || status == ParseStatus::upgrade) return drop(time);
        RoomEmitter out = emitter();
        EntryCounters& counters = out.counters();
        ++(status == ParseStatus::limit ? counters.limits : counters.malformed);
        out.report(parser_->problem(), direction, time);
        if (datagram && ++problems_ < RoomLimits::problems_per_flow) return;
        drop(time);
    }

    void drop(Timestamp time) {
        end_probing();
        if (parser_ != nullptr) {
            RoomEmitter out = emitter();
            parser_->finish(time, out);
            parser_.reset();
        }
        dropped_ = true;
    }

    void give_up() {
        end_probing();
        gave_up_ = true;
        if (entry_ == no_entry) ++room_.counters_.flows_unknown;
    }

    ProtocolRoom& room_;
    const flow::FlowInfo& flow_;
    std::unique_ptr<Probing> probing_;  ///< null before the first bytes and when it has ended
    std::unique_ptr<ProtocolParser> parser_;
    std::uint8_t entry_ = no_entry;
    std::uint8_t problems_ = 0;
    std::uint8_t anomalies_ = 0;
    std::uint8_t upgrades_ = 0;
    std::uint8_t later_chunks_ = 0;
    std::size_t held_bytes_ = 0;
    FlowProbe* older_ = nullptr;  ///< in HolderList
    FlowProbe* newer_ = nullptr;
    Timestamp last_time_;
    bool probes_ = false;  ///< probing has not ended
    bool gave_up_ = false;
    bool dropped_ = false;
};

ProtocolRoom::ProtocolRoom(EventSink& sink, std::span<const ProtocolEntry* const> entries,
                           std::size_t parser_memory_bytes)
    : sink_(sink), entries_(entries), parser_memory_bytes_(parser_memory_bytes) {
    PERSANDIAN_CHECK(entries.size() <= RoomLimits::entries);
    for (const ProtocolEntry* entry : entries) {
        counters_.entries.emplace_back();
        counters_.entries.back().name = entry->name;
        some_begin_inside_ = some_begin_inside_ || entry->begins_inside != nullptr;
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (entries[i]->probe == nullptr) continue;
        if (entries[i]->transport != Transport::udp) tcp_entries_ |= bit;
        if (entries[i]->transport != Transport::tcp) udp_entries_ |= bit;
        for (const std::uint16_t port : entries[i]->ports) entries_by_port_[port] |= bit;
    }
}

std::uint64_t ProtocolRoom::entries_with_port(const flow::FlowInfo& flow) const noexcept {
    const auto of = [this](std::uint16_t port) {
        const auto found = entries_by_port_.find(port);
        return found == entries_by_port_.end() ? 0 : found->second;
    };
    return of(flow.server_port) | of(flow.client_port);
}

ProtocolRoom::~ProtocolRoom() = default;

void ProtocolRoom::make_room() noexcept {
    if (counters_.held_bytes <= parser_memory_bytes_) return;
    const Origin at_work = origin_;
    origin_ = {};  // the packet at work is of another flow
    while (counters_.held_bytes > parser_memory_bytes_ && holders_.oldest != nullptr)
        holders_.oldest->lose(parser_memory_bytes_);
    origin_ = at_work;
}

void ProtocolRoom::announce(Announcement announcement, Timestamp time) {
    if (announced_.size() >= RoomLimits::announced_flows) {
        announced_.pop_front();
        ++counters_.announced_forgotten;
    }
    announced_.push_back({std::move(announcement), time});
}

std::optional<Announcement> ProtocolRoom::take_announcement(const flow::FlowInfo& flow) {
    const bool tcp = flow.ip_protocol == ip_tcp;
    while (!announced_.empty() && flow.first_seen - announced_.front().time >
                                      Duration::seconds(RoomLimits::announced_seconds))
        announced_.pop_front();
    const auto it =
        std::find_if(announced_.begin(), announced_.end(), [&](const Announced& announced) {
            return announced.what.tcp == tcp && announced.what.port == flow.server_port &&
                   announced.what.server == flow.server;
        });
    if (it == announced_.end()) return std::nullopt;
    Announcement found = std::move(it->what);
    announced_.erase(it);
    return found;
}

std::optional<std::size_t> ProtocolRoom::entry_named(std::string_view name) const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (entries_[i]->name == name) return i;
    return std::nullopt;
}

void ProtocolRoom::set_origin(const Origin& origin) noexcept {
    origin_ = origin;
}

std::unique_ptr<flow::FlowObserver> ProtocolRoom::on_flow_start(
    const flow::FlowInfo& flow) noexcept {
    if (flow.ip_protocol != ip_tcp && flow.ip_protocol != ip_udp) return nullptr;
    ++counters_.flows;
    return std::make_unique<FlowProbe>(*this, flow);
}

}  // namespace persandian::protocols
