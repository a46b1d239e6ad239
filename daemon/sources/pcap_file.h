// SPDX-License-Identifier: Apache-2.0
//
// Packets from a capture file. Never waits. A file that breaks off is delivered as far as it goes;
// fault() then says what is missing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/packet_source.h"
#include "daemon/sources/pcap_handle.h"

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
    [[nodiscard]] PacketCounters counters() override { return counters_; }
    [[nodiscard]] std::string_view fault() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return fault_;
    }
    [[nodiscard]] std::string_view name() const noexcept PERSANDIAN_LIFETIME_BOUND override {
        return options_.path;
    }

  private:
    PcapFileOptions options_;
    std::optional<PcapHandle> handle_;
    RawPacket packet_;
    PacketCounters counters_;
    std::string fault_;
};

/// The capture files that `path` stands for: itself when it is a file (or "-"), else all files
/// below the folder that begin like a capture or are named like one, in the order of their paths.
/// Throws SourceError when `path` does not exist or a folder holds none.
[[nodiscard]] std::vector<std::string> capture_files(const std::string& path);

}  // namespace persandian::sources
