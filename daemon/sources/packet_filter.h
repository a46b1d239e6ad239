// SPDX-License-Identifier: Apache-2.0
//
// PacketFilter: a BPF filter for packets of one link type that do not come through libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "detectors/event/raw_packet.h"

struct bpf_program;

namespace persandian::sources {

class PacketFilter {
  public:
    /// `expression` in tcpdump's language; empty: everything. `link_type`: LINKTYPE_ number. Throws
    /// SourceError (bad_filter) with libpcap's words.
    PacketFilter(const std::string& expression, std::uint32_t link_type,
                 const std::string& source_name);

    [[nodiscard]] bool admits(const RawPacket& packet) const noexcept;
    [[nodiscard]] std::uint32_t link_type() const noexcept { return link_type_; }

  private:
    struct Deleter {
        void operator()(bpf_program* program) const noexcept;
    };
    std::uint32_t link_type_;
    std::unique_ptr<bpf_program, Deleter> program_;  ///< null: everything
};

}  // namespace persandian::sources
