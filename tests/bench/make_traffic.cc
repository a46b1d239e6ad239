// SPDX-License-Identifier: Apache-2.0
//
// make_traffic CAPTURE… --output FILE [--megabytes N] [--lanes N]: one large pcap file of mixed
// traffic, out of small captures that are replayed again and again, several at a time. The same
// input gives the same file.
//
// Each replay has a key of its own for its addresses (replayed_capture.h), so flows of two replays
// differ, but for those between addresses without a host part (DHCP). Ports, payloads and checksums
// are kept: checksums are wrong afterwards, and addresses that a payload tells (FTP) fit no longer.
// Pauses are shortened. Files that are not all whole frames of Ethernet are skipped, and scans.
//
// The mixture, by bytes and by the TCP port they went to: HTTP a half, TLS a fifth, SMB a tenth,
// others the rest. A capture is of the kind that makes up most of it; of the kinds, the one that
// is furthest behind its share is replayed next, its captures in turn.
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <queue>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pcap/pcap.h>

#include "daemon/sources/pcap_file.h"
#include "tests/bench/replayed_capture.h"

namespace {

using namespace persandian;
using bench::BytesByKind;
using bench::Frame;
using bench::ReplayedCapture;

constexpr std::size_t kind_count = bench::traffic_kind_count;
constexpr std::array<std::uint64_t, kind_count> shares_percent = {50, 20, 10, 20};  ///< by kind
constexpr Timestamp first_time = Timestamp::from_seconds(1'700'000'000);

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

    void write(std::span<const std::byte> frame, Timestamp time) {
        pcap_pkthdr header{};
        header.ts.tv_sec = time.ns / 1'000'000'000;
        header.ts.tv_usec = time.ns % 1'000'000'000 / 1000;
        header.caplen = static_cast<bpf_u_int32>(frame.size());
        header.len = header.caplen;
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
    Picker(const std::vector<ReplayedCapture>& captures, std::uint64_t wanted_bytes)
        : wanted_bytes_(wanted_bytes) {
        for (const ReplayedCapture& capture : captures)
            of_kind_[static_cast<std::size_t>(capture.kind())].push_back(&capture);
    }

    /// Null when no more is wanted. Adds it to the totals.
    const ReplayedCapture* next() {
        if (file_bytes_ >= wanted_bytes_) return nullptr;
        const std::size_t kind = furthest_behind();
        const ReplayedCapture& capture = *of_kind_[kind][turn_[kind]++ % of_kind_[kind].size()];
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

    std::array<std::vector<const ReplayedCapture*>, kind_count> of_kind_;
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
        const ReplayedCapture* capture = nullptr;
        std::size_t frame = 0;
        std::uint32_t key = 0;
    };
    using Due = std::pair<Timestamp, std::size_t>;  ///< lane

    void start(std::size_t lane, Timestamp time) {
        const ReplayedCapture* const capture = picker_->next();
        if (capture == nullptr) return;
        // an odd factor: the keys of replays differ, also in their low bits
        constexpr std::uint32_t factor = 0x9e37'79b1;
        lanes_[lane] = {capture, 0,
                        static_cast<std::uint32_t>(picker_->totals().replays - 1) * factor};
        due_.emplace(time, lane);
    }

    void write(const Lane& lane, Timestamp time) {
        lane.capture->replay(lane.capture->frames[lane.frame], lane.key, buffer_);
        writer_->write(buffer_, time);
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

std::vector<ReplayedCapture> read_captures(const std::vector<std::string>& places) {
    std::vector<ReplayedCapture> out;
    std::size_t files = 0;
    for (const std::string& place : places) {
        for (const std::string& path : sources::capture_files(place)) {
            ++files;
            if (auto capture = ReplayedCapture::read(path)) out.push_back(std::move(*capture));
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
        fmt::print("{}{} {:.1f} %", i == 0 ? "" : ", ", bench::traffic_kind_names[i],
                   100 * static_cast<double>(totals.bytes_by_kind[i]) / bytes);
    fmt::print("\n");
}

void make_traffic(const std::vector<std::string>& places, const std::string& output,
                  std::uint64_t megabytes, std::size_t lanes) {
    const std::vector<ReplayedCapture> captures = read_captures(places);
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
