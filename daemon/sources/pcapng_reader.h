// SPDX-License-Identifier: Apache-2.0
//
// PcapngReader: packets of a pcapng file (draft-ietf-opsawg-pcapng), block by block. libpcap reads
// no further where the interfaces of a file differ in link type or snap length; files that join the
// captures of several interfaces do, and are read here to their end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/capture_stream.h"
#include "detectors/base/bytes.h"
#include "detectors/base/units.h"
#include "detectors/event/raw_packet.h"

namespace persandian::sources {

class PcapngReader {
  public:
    enum class Read : std::uint8_t { packet, end, failed };

    /// Larger blocks of packets, interfaces and sections are a fault; others are passed over.
    static constexpr std::size_t max_block_bytes = 16_MiB;
    /// Of one section.
    static constexpr std::size_t max_interfaces = 65'536;

    /// Reads from where `file` stands.
    explicit PcapngReader(File file) noexcept : file_(std::move(file)) {}

    /// Fills bytes, time, wire_length_bytes and link_type of `packet`; its bytes are valid until
    /// the next call. A packet without a time (simple packet block) has that of the one before it.
    /// `failed`: see fault(); everything before was delivered. Both other answers last.
    [[nodiscard]] Read read(RawPacket& packet);
    /// Reads up to the first interface's description, whose link type is the answer; nullopt when a
    /// fault or the end comes first. No packet is lost.
    [[nodiscard]] std::optional<std::uint32_t> first_link_type();

    /// What is wrong with the file, and at which byte of it; empty when nothing is.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
    /// Packets that the capturing system and the interfaces say they dropped (section 4.6).
    [[nodiscard]] std::uint64_t system_dropped() const noexcept;
    [[nodiscard]] std::uint64_t interface_dropped() const noexcept;

  private:
    struct Interface {
        std::uint32_t link_type = 1;
        std::uint32_t snap_length_bytes = 0;  ///< 0: no limit
        std::uint64_t units_per_second = 1'000'000;
        std::int64_t offset_seconds = 0;
        std::uint64_t system_dropped = 0;
        std::uint64_t interface_dropped = 0;
    };
    enum class Step : std::uint8_t { packet, other, end, failed };
    struct Packet {
        std::size_t interface = 0;
        std::optional<std::uint64_t> time;  ///< in the interface's units
        std::uint32_t captured_bytes = 0;
        std::uint32_t wire_bytes = 0;
        ByteView bytes;  ///< at least the captured ones, if the block is sound
    };

    Step step(RawPacket& packet);
    // Of the block in body_:
    Step read_section();
    Step read_interface();
    Step read_enhanced_packet(RawPacket& packet);
    Step read_obsolete_packet(RawPacket& packet);
    Step read_simple_packet(RawPacket& packet);
    Step read_statistics();
    Step deliver(const Packet& from, RawPacket& to);

    /// Reads the rest of a block into body_, or passes it over. `taken_bytes`: of its body, read
    /// already.
    bool read_body(std::uint32_t total_bytes, std::uint32_t taken_bytes = 0);
    bool skip_body(std::uint32_t total_bytes);
    bool read_trailer(std::uint32_t total_bytes);
    bool read_bytes(void* out, std::size_t count);
    [[nodiscard]] std::uint32_t to_u32(const std::byte* bytes) const noexcept;
    Step fail(const std::string& reason);

    File file_;
    std::uint64_t position_ = 0;        ///< bytes read so far
    std::uint64_t block_position_ = 0;  ///< where the block in hand begins
    bool is_big_endian_ = false;
    bool has_section_ = false;
    std::vector<Interface> interfaces_;
    std::vector<std::byte> body_;  ///< of the block in hand, without its frame
    Timestamp last_time_;
    std::uint64_t earlier_system_dropped_ = 0;  ///< of sections that have ended
    std::uint64_t earlier_interface_dropped_ = 0;
    std::string fault_;
    bool is_over_ = false;
};

}  // namespace persandian::sources
