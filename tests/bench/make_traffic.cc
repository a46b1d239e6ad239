// SPDX-License-Identifier: Apache-2.0
//
// make_traffic CAPTURE… --output FILE [--megabytes N] [--lanes N]: one large pcap file of mixed
// traffic, out of small captures that are replayed again and again, several at a time. The same
// input gives the same file.
//
// Each replay has addresses of its own: one number is XORed onto the host part of every address,
// so hosts stay distinct and private, link-local and multicast addresses stay what they are.
// Flows of two replays therefore differ, but for those between addresses that have no host part
// (DHCP). Ports, payloads and checksums are kept: the checksums are wrong afterwards, and
// addresses that a payload tells (FTP) fit no longer. Pauses are shortened to max_pause.
//
// The mixture, by bytes and by the TCP port they went to: HTTP a half, TLS a fifth, SMB a tenth,
// others the rest. A capture is of the kind that makes up most of it; of the kinds, the one that
// is furthest behind its share is replayed next, its captures in turn.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pcap/pcap.h>

#include "daemon/sources/pcap_file.h"
#include "detectors/packet/decoded_packet.h"

namespace {

using namespace persandian;

constexpr std::uint32_t ethernet = 1;
constexpr std::size_t max_frame_bytes = 65'535;
constexpr std::size_t max_capture_bytes = 64_MiB;  ///< larger files are skipped
constexpr Duration max_pause = Duration::seconds(1);
constexpr Timestamp first_time = Timestamp::from_seconds(1'700'000'000);

enum class Kind : std::uint8_t { http, tls, smb, other };
constexpr std::size_t kind_count = 4;
constexpr std::array<std::string_view, kind_count> kind_names = {"http", "tls", "smb", "other"};
constexpr std::array<std::uint64_t, kind_count> shares_percent = {50, 20, 10, 20};
using BytesByKind = std::array<std::uint64_t, kind_count>;

Kind kind_of_port(std::uint16_t port) {
    switch (port) {
        case 80:
        case 3128:
        case 8000:
        case 8080:
            return Kind::http;
        case 443:
        case 465:
        case 853:
        case 993:
        case 995:
        case 8443:
            return Kind::tls;
        case 139:
        case 445:
            return Kind::smb;
        default:
            return Kind::other;
    }
}

Kind kind_of(const packet::DecodedPacket& packet) {
    if (packet.transport != packet::Transport::tcp) return Kind::other;
    const Kind kind = kind_of_port(packet.destination_port);
    return kind == Kind::other ? kind_of_port(packet.source_port) : kind;
}

/// Where in a frame an IP header has its two addresses, one behind the other.
struct AddressPair {
    std::size_t offset = 0;
    std::size_t address_bytes = 0;  ///< 4 or 16; 0: there is none
};

/// A frame of a capture; its bytes are in Capture::bytes.
struct Frame {
    std::size_t begin = 0;
    std::uint32_t size = 0;
    std::uint32_t wire_bytes = 0;
    Duration pause;  ///< since the frame before it
    AddressPair outer, inner;
};

struct Capture {
    std::vector<std::byte> bytes;
    std::vector<Frame> frames;
    BytesByKind bytes_by_kind{};
    std::uint64_t flows = 0;

    [[nodiscard]] Kind kind() const {
        return static_cast<Kind>(std::ranges::max_element(bytes_by_kind) - bytes_by_kind.begin());
    }
};

/// Of the IP header behind the Ethernet header and its VLAN tags.
AddressPair outer_addresses(ByteView frame) {
    ByteReader reader(frame);
    reader.skip(12);
    std::uint16_t type = reader.u16();
    while (reader.ok() && (type == 0x8100 || type == 0x88a8)) {
        reader.skip(2);
        type = reader.u16();
    }
    const std::size_t header = reader.position();
    AddressPair out;
    if (type == 0x0800) out = {header + 12, 4};
    if (type == 0x86dd) out = {header + 8, 16};
    return reader.ok() && out.offset + 2 * out.address_bytes <= frame.size() ? out : AddressPair{};
}

/// Of the innermost IP header: where its addresses are the last time in front of the payload.
AddressPair inner_addresses(ByteView frame, const packet::DecodedPacket& decoded) {
    const auto source = decoded.source.bytes();
    const auto destination = decoded.destination.bytes();
    std::vector<std::byte> both(source.begin(), source.end());
    both.insert(both.end(), destination.begin(), destination.end());
    const auto found = std::ranges::find_end(frame, both);
    if (found.empty()) return {};
    return {static_cast<std::size_t>(found.begin() - frame.begin()), source.size()};
}

/// Reads a capture as far as it goes; keeps frames of IPv4 and IPv6.
class CaptureReader {
  public:
    /// nullopt when it is not all Ethernet, too large, cannot be read, or holds no IP.
    static std::optional<Capture> read(const std::string& path) {
        std::error_code error;
        if (std::filesystem::file_size(path, error) > max_capture_bytes || error) return {};
        CaptureReader reader;
        sources::PcapFile file({.path = path, .filter = {}, .index = 0});
        try {
            file.open();
            while (file.next({}) == sources::PacketSource::Next::packet)
                if (!reader.add(file.packet())) return {};
        } catch (const sources::SourceError&) {
            return {};
        }
        if (reader.capture_.frames.empty()) return {};
        reader.capture_.flows = reader.flows_.size();
        return std::move(reader.capture_);
    }

  private:
    using FlowKey =
        std::tuple<packet::Transport, IpAddress, std::uint16_t, IpAddress, std::uint16_t>;

    /// False when it is not Ethernet, or not all of the frame is there.
    bool add(const RawPacket& raw) {
        if (raw.link_type != ethernet || raw.wire_length_bytes > raw.bytes.size()) return false;
        Frame frame;
        frame.outer = outer_addresses(raw.bytes);
        if (frame.outer.address_bytes == 0 || raw.bytes.size() > max_frame_bytes) return true;
        packet::decode(raw, decoded_);
        if (decoded_.tunnel_count > 0) frame.inner = inner_addresses(raw.bytes, decoded_);
        if (frame.inner.offset == frame.outer.offset) frame.inner = {};
        frame.begin = capture_.bytes.size();
        frame.size = static_cast<std::uint32_t>(raw.bytes.size());
        frame.wire_bytes = std::max(raw.wire_length_bytes, frame.size);
        if (!capture_.frames.empty())
            frame.pause = std::clamp(raw.time - last_, Duration{}, max_pause);
        last_ = raw.time;
        capture_.bytes.insert(capture_.bytes.end(), raw.bytes.begin(), raw.bytes.end());
        capture_.frames.push_back(frame);
        capture_.bytes_by_kind[static_cast<std::size_t>(kind_of(decoded_))] += frame.size;
        count_flow();
        return true;
    }

    void count_flow() {
        if (decoded_.outcome != packet::Outcome::ok || decoded_.fragment.present) return;
        FlowKey there{decoded_.transport, decoded_.source, decoded_.source_port,
                      decoded_.destination, decoded_.destination_port};
        FlowKey back{decoded_.transport, decoded_.destination, decoded_.destination_port,
                     decoded_.source, decoded_.source_port};
        flows_.insert(std::min(there, back));
    }

    Capture capture_;
    std::set<FlowKey> flows_;
    packet::DecodedPacket decoded_;
    Timestamp last_;
};

/// The bits of an IPv4 address that a replay may change.
std::uint32_t host_bits(std::uint32_t address) {
    const std::uint32_t first = address >> 24U;
    if (first == 0 || first >= 224) return 0;
    if (address >> 16U == 0xc0a8 || address >> 16U == 0xa9fe) return 0xffff;
    if (address >> 20U == 0xac1) return 0xf'ffff;
    return 0xff'ffff;
}

void change_four_bytes(std::span<std::byte> bytes, std::uint32_t key, bool is_whole_address) {
    std::uint32_t word = 0;
    for (const std::byte byte : bytes) word = word << 8U | std::to_integer<std::uint32_t>(byte);
    word ^= is_whole_address ? key & host_bits(word) : key;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(word >> (24 - 8 * i));
}

void change_address(std::span<std::byte> address, std::uint32_t key) {
    const bool is_v4 = address.size() == 4;
    // multicast, and ::/8: unspecified, loopback, embedded IPv4
    if (!is_v4 && (address[0] == std::byte{0xff} || address[0] == std::byte{0})) return;
    change_four_bytes(address.last(4), key, is_v4);
}

void change_addresses(std::span<std::byte> frame, const AddressPair& pair, std::uint32_t key) {
    if (pair.address_bytes == 0) return;
    change_address(frame.subspan(pair.offset, pair.address_bytes), key);
    change_address(frame.subspan(pair.offset + pair.address_bytes, pair.address_bytes), key);
}

/// Writes beside the file and renames at the end, so that there is a whole one or none.
class PcapWriter {
  public:
    static constexpr std::uint64_t frame_header_bytes = 16;

    explicit PcapWriter(std::string path)
        : path_(std::move(path)),
          handle_(pcap_open_dead(DLT_EN10MB, 262'144)),
          dumper_(pcap_dump_open(handle_.get(), part().c_str())) {
        if (!dumper_) throw std::runtime_error(pcap_geterr(handle_.get()));
    }

    void write(std::span<const std::byte> frame, std::uint32_t wire_bytes, Timestamp time) {
        pcap_pkthdr header{};
        header.ts.tv_sec = time.ns / 1'000'000'000;
        header.ts.tv_usec = time.ns % 1'000'000'000 / 1000;
        header.caplen = static_cast<bpf_u_int32>(frame.size());
        header.len = wire_bytes;
        pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header,
                  reinterpret_cast<const u_char*>(frame.data()));
    }

    void finish() {
        if (pcap_dump_flush(dumper_.get()) != 0 || std::ferror(pcap_dump_file(dumper_.get())) != 0)
            throw std::runtime_error("cannot write " + part());
        dumper_.reset();
        std::filesystem::rename(part(), path_);
    }

  private:
    struct Closer {
        void operator()(pcap_t* handle) const { pcap_close(handle); }
        void operator()(pcap_dumper_t* dumper) const { pcap_dump_close(dumper); }
    };
    [[nodiscard]] std::string part() const { return path_ + ".part"; }

    std::string path_;
    std::unique_ptr<pcap_t, Closer> handle_;
    std::unique_ptr<pcap_dumper_t, Closer> dumper_;
};

struct Totals {
    std::uint64_t replays = 0, packets = 0, bytes = 0, flows = 0;
    BytesByKind bytes_by_kind{};
    Timestamp last_time = first_time;
};

/// Says which capture comes next, until there are bytes enough.
class Picker {
  public:
    Picker(const std::vector<Capture>& captures, std::uint64_t wanted_bytes)
        : wanted_bytes_(wanted_bytes) {
        for (const Capture& capture : captures)
            of_kind_[static_cast<std::size_t>(capture.kind())].push_back(&capture);
    }

    /// Null when no more is wanted. Adds it to the totals.
    const Capture* next() {
        if (file_bytes_ >= wanted_bytes_) return nullptr;
        const std::size_t kind = furthest_behind();
        const Capture& capture = *of_kind_[kind][turn_[kind]++ % of_kind_[kind].size()];
        ++totals_.replays;
        totals_.packets += capture.frames.size();
        totals_.bytes += capture.bytes.size();
        totals_.flows += capture.flows;
        for (std::size_t i = 0; i < kind_count; ++i)
            totals_.bytes_by_kind[i] += capture.bytes_by_kind[i];
        file_bytes_ +=
            capture.bytes.size() + capture.frames.size() * PcapWriter::frame_header_bytes;
        return &capture;
    }

    [[nodiscard]] const Totals& totals() const { return totals_; }

  private:
    [[nodiscard]] std::size_t furthest_behind() const {
        std::optional<std::size_t> best;
        for (std::size_t i = 0; i < kind_count; ++i) {
            if (of_kind_[i].empty()) continue;
            if (!best || totals_.bytes_by_kind[i] * shares_percent[*best] <
                             totals_.bytes_by_kind[*best] * shares_percent[i])
                best = i;
        }
        return best.value();
    }

    std::array<std::vector<const Capture*>, kind_count> of_kind_;
    std::array<std::size_t, kind_count> turn_{};
    std::uint64_t wanted_bytes_;
    std::uint64_t file_bytes_ = 0;
    Totals totals_;
};

/// Replays captures side by side, in the order of time.
class Mixer {
  public:
    Mixer(Picker& picker, PcapWriter& writer, std::size_t lanes)
        : picker_(&picker), writer_(&writer), lanes_(lanes) {}

    /// The time of the last packet.
    Timestamp run() {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) start(lane, first_time);
        Timestamp time = first_time;
        while (!due_.empty()) {
            const std::size_t lane = due_.top().second;
            time = due_.top().first;
            due_.pop();
            write(lanes_[lane], time);
            go_on(lane, time);
        }
        return time;
    }

  private:
    /// One capture at a time.
    struct Lane {
        const Capture* capture = nullptr;
        std::size_t frame = 0;
        std::uint32_t key = 0;
    };
    using Due = std::pair<Timestamp, std::size_t>;  ///< lane

    void start(std::size_t lane, Timestamp time) {
        const Capture* const capture = picker_->next();
        if (capture == nullptr) return;
        // an odd factor: the keys of replays differ, also in their low bits
        constexpr std::uint32_t factor = 0x9e37'79b1;
        lanes_[lane] = {capture, 0,
                        static_cast<std::uint32_t>(picker_->totals().replays - 1) * factor};
        due_.emplace(time, lane);
    }

    void write(const Lane& lane, Timestamp time) {
        const Frame& frame = lane.capture->frames[lane.frame];
        const auto begin = lane.capture->bytes.begin() + static_cast<std::ptrdiff_t>(frame.begin);
        buffer_.assign(begin, begin + frame.size);
        change_addresses(buffer_, frame.outer, lane.key);
        change_addresses(buffer_, frame.inner, lane.key);
        writer_->write(buffer_, frame.wire_bytes, time);
    }

    void go_on(std::size_t index, Timestamp time) {
        Lane& lane = lanes_[index];
        if (++lane.frame == lane.capture->frames.size()) return start(index, time);
        due_.emplace(time + lane.capture->frames[lane.frame].pause, index);
    }

    Picker* picker_;
    PcapWriter* writer_;
    std::vector<Lane> lanes_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::vector<std::byte> buffer_;
};

std::vector<Capture> read_captures(const std::vector<std::string>& places) {
    std::vector<Capture> out;
    std::size_t files = 0;
    for (const std::string& place : places) {
        for (const std::string& path : sources::capture_files(place)) {
            ++files;
            if (auto capture = CaptureReader::read(path)) out.push_back(std::move(*capture));
        }
    }
    fmt::print("{} of {} captures taken\n", out.size(), files);
    return out;
}

void print(const Totals& totals, Duration span) {
    const auto bytes = static_cast<double>(totals.bytes);
    fmt::print("{} packets, {} bytes, {} flows, {:.0f} bytes/packet, {} replays, {} s\n",
               totals.packets, totals.bytes, totals.flows,
               bytes / static_cast<double>(totals.packets), totals.replays,
               span.ns / 1'000'000'000);
    for (std::size_t i = 0; i < kind_count; ++i)
        fmt::print("{}{} {:.1f} %", i == 0 ? "" : ", ", kind_names[i],
                   100 * static_cast<double>(totals.bytes_by_kind[i]) / bytes);
    fmt::print("\n");
}

void make_traffic(const std::vector<std::string>& places, const std::string& output,
                  std::uint64_t megabytes, std::size_t lanes) {
    const std::vector<Capture> captures = read_captures(places);
    if (captures.empty()) throw std::runtime_error("no capture of IP over Ethernet");
    Picker picker(captures, megabytes << 20U);
    PcapWriter writer(output);
    const Timestamp last_time = Mixer(picker, writer, lanes).run();
    writer.finish();
    print(picker.totals(), last_time - first_time);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("One large capture out of small ones");
    std::vector<std::string> places;
    std::string output;
    std::uint64_t megabytes = 1024;
    std::size_t lanes = 256;
    app.add_option("captures", places, "capture files and folders of them")->required();
    app.add_option("--output", output, "pcap file to write")->required();
    app.add_option("--megabytes", megabytes, "its size in MiB, at least")
        ->check(CLI::PositiveNumber);
    app.add_option("--lanes", lanes, "captures replayed at a time")->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        make_traffic(places, output, megabytes, lanes);
    } catch (const std::exception& error) {
        fmt::print(stderr, "make_traffic: {}\n", error.what());
        return 1;
    }
    return 0;
}
