// SPDX-License-Identifier: Apache-2.0
//
// Packets from an interface, through libpcap's TPACKET_V3 ring. What the kernel and the device lost
// is counted: never pretend to have seen everything.
#pragma once

#include <optional>
#include <string>

#include "daemon/sources/packet_source.h"
#include "daemon/sources/pcap_handle.h"

namespace persandian::sources {

class PcapLive : public PacketSource {
  public:
    explicit PcapLive(PcapLiveOptions options, std::uint16_t index = 0);

    /// Needs CAP_NET_RAW (and CAP_NET_ADMIN for promiscuous mode); afterwards none.
    void open() override;
    /// After open(): shares the interface, see PcapHandle::join_fanout(). What came before is not
    /// given, for the others have it, too.
    [[nodiscard]] std::uint16_t join_fanout(std::uint16_t group);
    [[nodiscard]] Next next(Deadline deadline) override;
    [[nodiscard]] const RawPacket& packet() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return packet_;
    }
    [[nodiscard]] PacketCounters counters() override;
    [[nodiscard]] std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return fault_;
    }
    [[nodiscard]] int poll_descriptor() const noexcept override;
    [[nodiscard]] std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return options_.interface;
    }

  private:
    /// False when the deadline passed first.
    [[nodiscard]] bool wait(Deadline deadline) const noexcept;

    PcapLiveOptions options_;
    std::optional<PcapHandle> handle_;
    RawPacket packet_;
    Timestamp joined_{INT64_MIN};  ///< packets before it are passed over
    PacketCounters counters_;
    PcapHandle::Statistics last_;  ///< the kernel's counters wrap at 32 bits; we add differences
    std::string fault_;
};

}  // namespace persandian::sources
