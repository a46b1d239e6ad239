// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/payload_tap.h"

#include <algorithm>
#include <array>

#include "detectors/event/common_fields.h"
#include "detectors/event/content_fields.h"

namespace persandian::flow {
namespace {

std::size_t index_of(Direction direction) {
    return direction == Direction::to_server ? 0 : 1;
}

/// From where on the bytes of a stream say nothing to a rule.
bool is_encrypted(std::string_view app_proto) {
    return app_proto == "tls" || app_proto == "ssh";
}

}  // namespace

/// Listens for the tap and hands everything on.
class PayloadTap::Tapped final : public FlowObserver {
  public:
    Tapped(PayloadTap& tap, const FlowInfo& flow, std::unique_ptr<FlowObserver> inner) noexcept
        : tap_(tap), flow_(flow), inner_(std::move(inner)) {}
    ~Tapped() override { hold(0); }
    Tapped(const Tapped&) = delete;
    Tapped& operator=(const Tapped&) = delete;

    void on_chunk(const StreamChunk& chunk) noexcept override {
        if (!inner_done()) inner_->on_chunk(chunk);
        take(chunk);
    }

    void on_datagram(const Datagram& datagram) noexcept override {
        if (!inner_done()) inner_->on_datagram(datagram);
        std::uint64_t& seen = seen_[index_of(datagram.direction)];
        if (seen >= depth_bytes) {
            tap_.counters_.bytes_beyond_depth += datagram.bytes.size();
            return;
        }
        seen += datagram.bytes.size();
        if (!datagram.bytes.empty())
            emit(as_text(datagram.bytes), datagram.direction, 0, datagram.time, tap_.origin_);
    }

    void on_direction_end(const FlowInfo& flow, Direction direction,
                          Timestamp time) noexcept override {
        if (inner_ != nullptr) inner_->on_direction_end(flow, direction, time);
        if (direction == turn_) flush();
    }

    void on_end(const FlowInfo& flow, Timestamp time) noexcept override {
        if (inner_ != nullptr) inner_->on_end(flow, time);
        flush();
    }

    std::string_view app_proto() const noexcept override {
        return inner_ != nullptr ? inner_->app_proto() : std::string_view();
    }

    bool done() const noexcept override {
        const bool deep = seen_[0] >= depth_bytes && seen_[1] >= depth_bytes;
        return inner_done() && (deep || (is_encrypted(app_proto()) && window_.empty()));
    }

  private:
    bool inner_done() const noexcept { return inner_ == nullptr || inner_->done(); }

    void take(const StreamChunk& chunk) {
        if (chunk.direction != turn_ || chunk.gap_bytes > 0) {
            flush();
            turn_ = chunk.direction;
        }
        ByteView bytes = chunk.bytes;
        if (is_encrypted(app_proto())) {
            tap_.counters_.bytes_encrypted += bytes.size();
            return flush();
        }
        std::uint64_t& seen = seen_[index_of(chunk.direction)];
        const auto left =
            static_cast<std::size_t>(depth_bytes - std::min<std::uint64_t>(seen, depth_bytes));
        tap_.counters_.bytes_beyond_depth += bytes.size() - std::min(left, bytes.size());
        bytes = bytes.first(std::min(left, bytes.size()));
        seen += bytes.size();
        if (bytes.empty()) return;
        if (tap_.counters_.held_bytes >= max_held_bytes && window_.empty()) {
            ++tap_.counters_.chunks_alone;
            return emit(as_text(bytes), turn_, chunk.stream_offset_bytes, chunk.time, tap_.origin_);
        }
        append(as_text(bytes), chunk);
    }

    void append(std::string_view bytes, const StreamChunk& chunk) {
        if (window_.empty()) {
            offset_ = chunk.stream_offset_bytes;
            remember_frame();
        }
        time_ = chunk.time;
        while (!bytes.empty()) {
            const std::size_t taken = std::min(bytes.size(), window_bytes - window_.size());
            window_ += bytes.substr(0, taken);
            fresh_ += taken;
            bytes.remove_prefix(taken);
            if (window_.size() < window_bytes) break;
            emit_window();
            window_.erase(0, window_bytes - overlap_bytes);
            offset_ += window_bytes - overlap_bytes;
            remember_frame();
        }
        hold(window_.capacity() + frame_.capacity());
    }

    /// The frame that began the window is its evidence.
    void remember_frame() {
        frame_origin_ = tap_.origin_;
        frame_.assign(as_text(tap_.origin_.bytes));
    }

    void flush() {
        if (fresh_ > 0) emit_window();
        if (window_.capacity() == 0 && frame_.capacity() == 0) return;
        window_ = {};
        frame_ = {};
        hold(0);
    }

    void emit_window() {
        Origin origin = frame_origin_;
        origin.bytes = as_bytes(frame_);
        emit(window_, turn_, offset_, time_, origin);
        fresh_ = 0;
    }

    void emit(std::string_view bytes, Direction direction, std::uint64_t offset, Timestamp time,
              const Origin& origin) {
        Event& event = tap_.event_;
        event.reset(event_type, time);
        event.set_origin(origin);
        add_flow_fields(event, flow_, direction);
        if (!app_proto().empty()) event.add(fields::app_proto, app_proto());
        if (origin.kind == Origin::Kind::packet && origin.number != 0)
            event.add(fields::pcap_cnt, Value::unsigned_integer(origin.number));
        event.add(fields::direction, direction == Direction::to_server ? "to_server" : "to_client");
        event.add(fields::payload, Value::bytes(bytes));
        event.add(fields::payload_length, Value::unsigned_integer(bytes.size()));
        event.add(fields::payload_offset, Value::unsigned_integer(offset));
        ++tap_.counters_.events;
        tap_.events_.on_event(event);
    }

    void hold(std::size_t bytes) {
        tap_.counters_.held_bytes += bytes;
        tap_.counters_.held_bytes -= held_bytes_;
        held_bytes_ = bytes;
    }

    PayloadTap& tap_;
    const FlowInfo& flow_;
    std::unique_ptr<FlowObserver> inner_;  ///< null: nobody else is interested
    std::array<std::uint64_t, 2> seen_{};  ///< bytes per direction
    Direction turn_ = Direction::to_server;
    std::string window_;
    std::size_t fresh_ = 0;     ///< bytes of window_ that no event has had
    std::uint64_t offset_ = 0;  ///< of window_ in its direction
    std::string frame_;         ///< with which window_ began
    Origin frame_origin_;       ///< its bytes are frame_
    Timestamp time_;            ///< of the newest bytes
    std::size_t held_bytes_ = 0;
};

std::unique_ptr<FlowObserver> PayloadTap::on_flow_start(const FlowInfo& flow) noexcept {
    std::unique_ptr<FlowObserver> inner = inner_.on_flow_start(flow);
    if (!wanted_) return inner;
    return std::make_unique<Tapped>(*this, flow, std::move(inner));
}

}  // namespace persandian::flow
