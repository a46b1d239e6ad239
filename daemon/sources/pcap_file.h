// SPDX-License-Identifier: Apache-2.0
//
// Packets from a capture file. Never waits. A file that breaks off is delivered as far as it goes;
// fault() then says what is missing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/packet_filter.h"
#include "daemon/sources/packet_source.h"
#include "daemon/sources/pcap_handle.h"
#include "daemon/sources/pcapng_reader.h"

namespace persandian::sources {

struct PcapFileOptions {
    std::string path;         ///< pcap or pcapng; "-" is standard input
    std::string filter;       ///< BPF in tcpdump's language; empty: everything
    std::uint16_t index = 0;  ///< RawPacket::source
};

class PcapFile : public PacketSource {
  public:
    explicit PcapFile(PcapFileOptions options);

    void open() override;
    [[nodiscard]] Next next(Deadline deadline) override;
    [[nodiscard]] const RawPacket& packet() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return packet_;
    }
    /// Drops are those that the file tells of: pcapng does.
    [[nodiscard]] PacketCounters counters() override;
    [[nodiscard]] std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return fault_;
    }
    [[nodiscard]] std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return options_.path;
    }

  private:
    bool read_pcap();
    bool read_pcapng();
    bool is_wanted();

    PcapFileOptions options_;
    std::optional<PcapHandle> handle_;       ///< of a pcap file
    std::optional<PcapngReader> reader_;     ///< of a pcapng file
    std::vector<PacketFilter> filters_;      ///< of the reader's packets, per link type
    std::vector<std::uint32_t> unfiltered_;  ///< link types for which the filter makes no sense
    RawPacket packet_;
    PacketCounters counters_;
    std::string fault_;
};

/// The capture files that `path` stands for: itself when it is a file (or "-"), else all files
/// below the folder that begin like a capture or are named like one, in the order of their paths.
/// Throws SourceError when `path` does not exist or a folder holds none.
[[nodiscard]] std::vector<std::string> capture_files(const std::string& path);

}  // namespace persandian::sources
