// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/capture_share.h"

#include <algorithm>
#include <utility>

namespace persandian::runtime {
namespace {

/// How much of one interface is read before the others get their turn.
constexpr int packets_per_turn = 2000;
constexpr Duration look_interval = Duration::seconds(1);

bool is_older(Timestamp time, Timestamp now, Duration age) {
    return time.ns == INT64_MIN || now - time > age;
}

}  // namespace

CaptureShare::CaptureShare(Captures captures, engine::EventStage& stage)
    : captures_(std::move(captures)), stage_(stage) {}

bool CaptureShare::read(Timestamp now) {
    bool any = false;
    bool at_rest = true;
    for (const auto& capture : captures_) {
        int read = 0;
        while (read < packets_per_turn &&
               capture->next(sources::Deadline::min()) == sources::PacketSource::Next::packet) {
            stage_.on_packet(capture->packet());
            reached_ = std::max(reached_, capture->packet().time);
            ++read;
        }
        any = any || read > 0;
        at_rest = at_rest && read < packets_per_turn;
    }
    shed_if_needed(now, at_rest);
    return any;
}

void CaptureShare::add_drops(incident::Coverage& coverage) {
    for (const auto& capture : captures_) {
        const sources::PacketCounters counters = capture->counters();
        coverage.packets_dropped_kernel += counters.kernel_dropped;
        coverage.packets_dropped_interface += counters.interface_dropped;
    }
}

void CaptureShare::shed_if_needed(Timestamp now, bool at_rest) {
    if (at_rest || rested_.ns == INT64_MIN) rested_ = now;
    if (!is_older(looked_, now, look_interval)) return;
    looked_ = now;
    incident::Coverage lost;
    add_drops(lost);
    std::uint64_t depth = 0;
    if (lost.packets_dropped_kernel > known_drops_) {
        depth = depth_when_dropping_bytes;
    } else if (now - rested_ > busy_before_shedding) {
        depth = depth_when_busy_bytes;
    }
    known_drops_ = lost.packets_dropped_kernel;
    if (depth != 0) {
        trouble_ = now;
        depth_bytes_ = depth_bytes_ == 0 ? depth : std::min(depth, depth_bytes_);
    } else if (is_older(trouble_, now, calm_before_normal)) {
        depth_bytes_ = 0;
    }
    stage_.set_shed_depth(depth_bytes_);
}

}  // namespace persandian::runtime
