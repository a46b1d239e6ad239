// SPDX-License-Identifier: Apache-2.0
//
// PcapHandle: libpcap's handle, wrapped once. Beside it, PacketFilter alone uses libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/sources/capture_stream.h"
#include "daemon/sources/source_error.h"
#include "detectors/base/units.h"
#include "detectors/event/raw_packet.h"

struct pcap;

namespace persandian::sources {

struct PcapLiveOptions {
    std::string interface;
    std::string filter;                        ///< BPF in tcpdump's language; empty: everything
    std::uint32_t snap_length_bytes = 65'535;  ///< 64 … 262,144
    std::size_t buffer_bytes = 64_MiB;         ///< kernel ring; at most 2 GiB - 1
    int block_timeout_ms = 100;                ///< how long the kernel may hold a part-filled block
    bool promiscuous = true;
};

/// Movable owner of one open capture. Timestamps in nanoseconds.
class PcapHandle {
  public:
    enum class Read : std::uint8_t { packet, nothing, end, failed };
    struct Statistics {
        std::uint32_t dropped = 0;            ///< by the kernel; wraps
        std::uint32_t interface_dropped = 0;  ///< by the device; wraps
    };

    /// A capture file (pcap with micro- or nanoseconds) from where `file` stands. Throws
    /// SourceError.
    [[nodiscard]] static PcapHandle open_file(File file, const std::string& name);
    /// An interface, ready to read without blocking. Throws SourceError.
    [[nodiscard]] static PcapHandle open_live(const PcapLiveOptions& options);

    /// Shares the interface's traffic with other handles: each packet goes to one of them, chosen
    /// by its pair of addresses, so that flows, their fragments and what they announce (FTP's data
    /// connections) stay together. The first one gives 0 and learns the group's number, the others
    /// give that. Throws SourceError. PACKET_FANOUT, packet(7).
    [[nodiscard]] std::uint16_t join_fanout(std::uint16_t group, const std::string& source_name);

    /// Throws SourceError (bad_filter) with libpcap's words. An empty filter does nothing.
    void set_filter(const std::string& filter, const std::string& source_name);
    /// Fills bytes, time, wire_length_bytes and link_type of `packet`; its bytes are valid until
    /// the next read(). `failed`: see error().
    [[nodiscard]] Read read(RawPacket& packet) noexcept;
    /// libpcap's words for the last failure.
    [[nodiscard]] std::string error() const;
    [[nodiscard]] Statistics statistics() noexcept;
    /// LINKTYPE_ number, as capture files carry it.
    [[nodiscard]] std::uint32_t link_type() const noexcept { return link_type_; }
    /// For poll(); -1 when the platform has none.
    [[nodiscard]] int poll_descriptor() const noexcept;

  private:
    struct Closer {
        void operator()(pcap* handle) const noexcept;
    };
    explicit PcapHandle(pcap* handle);
    std::unique_ptr<char[]> file_buffer_;  ///< outlives the handle
    std::unique_ptr<pcap, Closer> handle_;
    std::uint32_t link_type_ = 1;
};

}  // namespace persandian::sources
