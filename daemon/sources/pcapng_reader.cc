// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcapng_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "daemon/sources/capture_time.h"

namespace persandian::sources {
namespace {

// Section 11.1 and, for the obsolete packet block, appendix A.
constexpr std::uint32_t section_header = 0x0A0D0D0A;  // in either byte order
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t obsolete_packet = 2;
constexpr std::uint32_t simple_packet = 3;
constexpr std::uint32_t interface_statistics = 5;
constexpr std::uint32_t enhanced_packet = 6;

constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;

/// Type, length, and the length again behind the body.
constexpr std::uint32_t frame_bytes = 12;

// Options, by the blocks that have them.
constexpr std::uint16_t if_tsresol = 9;
constexpr std::uint16_t if_tsoffset = 14;
constexpr std::uint16_t isb_ifdrop = 5;
constexpr std::uint16_t isb_osdrop = 7;

/// Numbers in the byte order of a section.
class Fields {
  public:
    Fields(ByteView bytes, bool is_big_endian) : reader_(bytes), is_big_endian_(is_big_endian) {}
    std::uint16_t u16() { return is_big_endian_ ? reader_.u16() : reader_.u16_le(); }
    std::uint32_t u32() { return is_big_endian_ ? reader_.u32() : reader_.u32_le(); }
    std::uint64_t u64() { return is_big_endian_ ? reader_.u64() : reader_.u64_le(); }
    /// High half first, in either byte order.
    std::uint64_t time() {
        const std::uint64_t high = u32();
        return high << 32U | u32();
    }
    ByteView take(std::size_t count) { return reader_.take(count); }
    void skip(std::size_t count) { reader_.skip(count); }
    [[nodiscard]] ByteView rest() const { return reader_.rest(); }
    [[nodiscard]] bool ok() const { return reader_.ok(); }

    /// Calls `take_option(code, value)` for each option that follows (section 3.5).
    template <typename TakeOption>
    void for_options(TakeOption take_option) {
        while (reader_.remaining() >= 4) {
            const std::uint16_t code = u16();
            const std::size_t size = u16();
            if (code == 0) return;
            const ByteView value = take(size);
            if (!ok()) return;
            take_option(code, Fields(value, is_big_endian_));
            skip((4 - size % 4) % 4);
        }
    }

  private:
    ByteReader reader_;
    bool is_big_endian_;
};

/// Of if_tsresol (section 4.2): a power of ten or, with the highest bit, of two. nullopt when it is
/// finer than 64 bits can count.
std::optional<std::uint64_t> units_per_second(std::uint8_t resolution) {
    const unsigned exponent = resolution & 0x7FU;
    if ((resolution & 0x80U) != 0)
        return exponent < 64 ? std::optional(std::uint64_t{1} << exponent) : std::nullopt;
    if (exponent > 19) return std::nullopt;
    std::uint64_t units = 1;
    for (unsigned i = 0; i < exponent; ++i) units *= 10;
    return units;
}

Timestamp time_of(std::uint64_t units, std::uint64_t per_second, std::int64_t offset_seconds) {
    __extension__ using Wide = unsigned __int128;
    const auto fraction_ns =
        static_cast<std::int64_t>(Wide{units % per_second} * 1'000'000'000 / per_second);
    // What is beyond reckoning is brought within it, and adding must not overflow.
    constexpr std::int64_t beyond = INT64_MAX / 4;
    const auto seconds =
        static_cast<std::int64_t>(std::min(units / per_second, static_cast<std::uint64_t>(beyond)));
    return capture_time(seconds + std::clamp(offset_seconds, -beyond, beyond), fraction_ns);
}

}  // namespace

PcapngReader::Read PcapngReader::read(RawPacket& packet) {
    while (true) {
        switch (step(packet)) {
            case Step::packet:
                return Read::packet;
            case Step::other:
                break;
            case Step::end:
                return Read::end;
            case Step::failed:
                return Read::failed;
        }
    }
}

std::optional<std::uint32_t> PcapngReader::first_link_type() {
    RawPacket none;  // a packet before any interface is a fault
    while (interfaces_.empty())
        if (step(none) != Step::other) return std::nullopt;
    return interfaces_.front().link_type;
}

std::uint64_t PcapngReader::system_dropped() const noexcept {
    std::uint64_t sum = earlier_system_dropped_;
    for (const Interface& interface : interfaces_) sum += interface.system_dropped;
    return sum;
}

std::uint64_t PcapngReader::interface_dropped() const noexcept {
    std::uint64_t sum = earlier_interface_dropped_;
    for (const Interface& interface : interfaces_) sum += interface.interface_dropped;
    return sum;
}

PcapngReader::Step PcapngReader::step(RawPacket& packet) {
    if (is_over_) return fault_.empty() ? Step::end : Step::failed;
    block_position_ = position_;
    std::array<std::byte, 8> head{};
    if (const int first = std::fgetc(file_.get()); first == EOF) {
        if (std::ferror(file_.get()) != 0) return fail("it cannot be read");
        if (!has_section_) return fail("it is empty");
        is_over_ = true;
        return Step::end;
    } else {
        head[0] = static_cast<std::byte>(first);
        ++position_;
    }
    if (!read_bytes(&head[1], head.size() - 1)) return Step::failed;
    const std::uint32_t type = to_u32(head.data());
    if (type == section_header) {
        // Its byte order stands behind its length.
        std::array<std::byte, 4> magic{};
        if (!read_bytes(magic.data(), magic.size())) return Step::failed;
        is_big_endian_ = magic[0] == std::byte{0x1A};
        if (to_u32(magic.data()) != byte_order_magic) return fail("the byte-order magic is wrong");
        has_section_ = true;
    } else if (!has_section_) {
        return fail("a section header is expected first");
    }
    const std::uint32_t total = to_u32(&head[4]);
    if (total < frame_bytes || total % 4 != 0)
        return fail(fmt::format("a length of {} bytes is impossible", total));
    switch (type) {
        case section_header:
            return read_body(total, sizeof byte_order_magic) ? read_section() : Step::failed;
        case interface_description:
            return read_body(total) ? read_interface() : Step::failed;
        case enhanced_packet:
            return read_body(total) ? read_enhanced_packet(packet) : Step::failed;
        case obsolete_packet:
            return read_body(total) ? read_obsolete_packet(packet) : Step::failed;
        case simple_packet:
            return read_body(total) ? read_simple_packet(packet) : Step::failed;
        case interface_statistics:
            return read_body(total) ? read_statistics() : Step::failed;
        default:
            return skip_body(total) ? Step::other : Step::failed;
    }
}

PcapngReader::Step PcapngReader::read_section() {
    Fields fields(body_, is_big_endian_);
    const std::uint16_t major = fields.u16();
    if (!fields.ok() || major != 1)
        return fail(fmt::format("version {} of the format is not known", major));
    earlier_system_dropped_ = system_dropped();
    earlier_interface_dropped_ = interface_dropped();
    interfaces_.clear();
    return Step::other;
}

PcapngReader::Step PcapngReader::read_interface() {
    if (interfaces_.size() == max_interfaces)
        return fail(fmt::format("more than {} interfaces", max_interfaces));
    Fields fields(body_, is_big_endian_);
    Interface interface;
    interface.link_type = fields.u16();
    fields.skip(2);
    interface.snap_length_bytes = fields.u32();
    if (!fields.ok()) return fail("the interface description is too short");
    bool is_known = true;
    fields.for_options([&](std::uint16_t code, Fields value) {
        if (code == if_tsresol && !value.rest().empty()) {
            const auto units = units_per_second(std::to_integer<std::uint8_t>(value.rest()[0]));
            is_known = is_known && units;
            interface.units_per_second = units.value_or(1);
        } else if (code == if_tsoffset) {
            interface.offset_seconds = static_cast<std::int64_t>(value.u64());
        }
    });
    if (!is_known) return fail("the resolution of its times is finer than 64 bits");
    interfaces_.push_back(interface);
    return Step::other;
}

PcapngReader::Step PcapngReader::read_enhanced_packet(RawPacket& packet) {
    Fields fields(body_, is_big_endian_);
    Packet from;
    from.interface = fields.u32();
    from.time = fields.time();
    from.captured_bytes = fields.u32();
    from.wire_bytes = fields.u32();
    from.bytes = fields.rest();
    return fields.ok() ? deliver(from, packet) : fail("the packet block is too short");
}

PcapngReader::Step PcapngReader::read_obsolete_packet(RawPacket& packet) {
    Fields fields(body_, is_big_endian_);
    Packet from;
    from.interface = fields.u16();
    fields.skip(2);  // drops, which the statistics tell in sum
    from.time = fields.time();
    from.captured_bytes = fields.u32();
    from.wire_bytes = fields.u32();
    from.bytes = fields.rest();
    return fields.ok() ? deliver(from, packet) : fail("the packet block is too short");
}

/// Section 4.4: of the first interface, without a time, and cut by nothing but the snap length.
PcapngReader::Step PcapngReader::read_simple_packet(RawPacket& packet) {
    Fields fields(body_, is_big_endian_);
    Packet from;
    from.wire_bytes = fields.u32();
    from.bytes = fields.rest();
    from.captured_bytes = from.wire_bytes;
    if (!interfaces_.empty() && interfaces_[0].snap_length_bytes != 0)
        from.captured_bytes = std::min(from.captured_bytes, interfaces_[0].snap_length_bytes);
    return fields.ok() ? deliver(from, packet) : fail("the packet block is too short");
}

PcapngReader::Step PcapngReader::read_statistics() {
    Fields fields(body_, is_big_endian_);
    const std::uint32_t interface = fields.u32();
    fields.skip(8);
    if (!fields.ok() || interface >= interfaces_.size()) return Step::other;  // says nothing
    fields.for_options([&](std::uint16_t code, Fields value) {
        if (code == isb_ifdrop) interfaces_[interface].interface_dropped = value.u64();
        if (code == isb_osdrop) interfaces_[interface].system_dropped = value.u64();
    });
    return Step::other;
}

PcapngReader::Step PcapngReader::deliver(const Packet& from, RawPacket& to) {
    if (from.interface >= interfaces_.size())
        return fail(fmt::format("a packet of interface {}, of {} described", from.interface,
                                interfaces_.size()));
    if (from.captured_bytes > from.bytes.size())
        return fail(fmt::format("a packet of {} bytes in a block with room for {}",
                                from.captured_bytes, from.bytes.size()));
    const Interface& interface = interfaces_[from.interface];
    if (from.time)
        last_time_ = time_of(*from.time, interface.units_per_second, interface.offset_seconds);
    to.time = last_time_;
    to.bytes = from.bytes.first(from.captured_bytes);
    to.wire_length_bytes = from.wire_bytes;
    to.link_type = interface.link_type;
    return Step::packet;
}

bool PcapngReader::read_body(std::uint32_t total_bytes, std::uint32_t taken_bytes) {
    if (total_bytes > max_block_bytes) {
        (void)fail(
            fmt::format("a block of {} bytes is longer than {}", total_bytes, max_block_bytes));
        return false;
    }
    if (total_bytes < frame_bytes + taken_bytes) {
        (void)fail(fmt::format("a length of {} bytes is impossible", total_bytes));
        return false;
    }
    body_.resize(total_bytes - frame_bytes - taken_bytes);
    return read_bytes(body_.data(), body_.size()) && read_trailer(total_bytes);
}

bool PcapngReader::skip_body(std::uint32_t total_bytes) {
    std::array<std::byte, 4096> passed{};
    for (std::size_t left = total_bytes - frame_bytes; left > 0;) {
        const std::size_t count = std::min(left, passed.size());
        if (!read_bytes(passed.data(), count)) return false;
        left -= count;
    }
    return read_trailer(total_bytes);
}

bool PcapngReader::read_trailer(std::uint32_t total_bytes) {
    std::array<std::byte, 4> trailer{};
    if (!read_bytes(trailer.data(), trailer.size())) return false;
    const std::uint32_t again = to_u32(trailer.data());
    if (again == total_bytes) return true;
    (void)fail(
        fmt::format("its length is {} at its beginning and {} at its end", total_bytes, again));
    return false;
}

bool PcapngReader::read_bytes(void* out, std::size_t count) {
    const std::size_t got = std::fread(out, 1, count, file_.get());
    position_ += got;
    if (got == count) return true;
    (void)fail(std::ferror(file_.get()) != 0 ? "it cannot be read" : "the file breaks off");
    return false;
}

std::uint32_t PcapngReader::to_u32(const std::byte* bytes) const noexcept {
    return Fields({bytes, 4}, is_big_endian_).u32();
}

PcapngReader::Step PcapngReader::fail(const std::string& reason) {
    fault_ = fmt::format("in the block at byte {}: {}", block_position_, reason);
    is_over_ = true;
    return Step::failed;
}

}  // namespace persandian::sources
