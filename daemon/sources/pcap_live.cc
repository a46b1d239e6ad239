// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_live.h"

#include <algorithm>
#include <utility>

#include <poll.h>
#include <time.h>

namespace persandian::sources {

PcapLive::PcapLive(PcapLiveOptions options, std::uint16_t index) : options_(std::move(options)) {
    packet_.source = index;
}

void PcapLive::open() {
    handle_ = PcapHandle::open_live(options_);
    last_ = handle_->statistics();
}

std::uint16_t PcapLive::join_fanout(std::uint16_t group) {
    const std::uint16_t joined = handle_->join_fanout(group, options_.interface);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    joined_ = Timestamp::from_seconds(now.tv_sec, now.tv_nsec);
    return joined;
}

bool PcapLive::wait(Deadline deadline) const noexcept {
    using std::chrono::milliseconds;
    // compared before they are subtracted: Deadline::min() would overflow into the far future
    const auto now = std::chrono::steady_clock::now();
    if (deadline <= now) return false;
    const auto left = std::chrono::ceil<milliseconds>(deadline - now).count();
    pollfd descriptor{.fd = handle_->poll_descriptor(), .events = POLLIN, .revents = 0};
    // a block that the kernel retires by its own timer may come without a wake-up: look again soon
    const auto slice = std::min<std::int64_t>(left, std::max(options_.block_timeout_ms, 1));
    (void)::poll(&descriptor, 1, static_cast<int>(slice));
    return true;
}

PacketSource::Next PcapLive::next(Deadline deadline) {
    while (handle_) {
        switch (handle_->read(packet_)) {
            case PcapHandle::Read::packet:
                if (packet_.time < joined_) break;
                packet_.number = ++counters_.packets;
                counters_.bytes += packet_.bytes.size();
                if (packet_.wire_length_bytes > packet_.bytes.size()) ++counters_.cut;
                return Next::packet;
            case PcapHandle::Read::nothing:
                if (!wait(deadline)) return Next::timeout;
                break;
            case PcapHandle::Read::end:
            case PcapHandle::Read::failed:
                fault_ = handle_->error();
                (void)counters();
                handle_.reset();
                break;
        }
    }
    return Next::end;
}

PacketCounters PcapLive::counters() {
    if (handle_) {
        const PcapHandle::Statistics now = handle_->statistics();
        counters_.kernel_dropped += now.dropped - last_.dropped;
        counters_.interface_dropped += now.interface_dropped - last_.interface_dropped;
        last_ = now;
    }
    return counters_;
}

int PcapLive::poll_descriptor() const noexcept {
    return handle_ ? handle_->poll_descriptor() : -1;
}

}  // namespace persandian::sources
