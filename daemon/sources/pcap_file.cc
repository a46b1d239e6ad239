// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace persandian::sources {
namespace {

namespace fs = std::filesystem;

/// Magic numbers of pcap (either order, micro- and nanoseconds, two old variants) and pcapng.
bool begins_like_a_capture(const fs::path& path) {
    std::array<unsigned char, 4> b{};
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(b.data()), b.size())) return false;
    const auto is = [&](unsigned x, unsigned y, unsigned z, unsigned w) {
        return b[0] == x && b[1] == y && b[2] == z && b[3] == w;
    };
    return is(0xa1, 0xb2, 0xc3, 0xd4) || is(0xd4, 0xc3, 0xb2, 0xa1) || is(0xa1, 0xb2, 0x3c, 0x4d) ||
           is(0x4d, 0x3c, 0xb2, 0xa1) || is(0xa1, 0xb2, 0xcd, 0x34) || is(0x34, 0xcd, 0xb2, 0xa1) ||
           is(0x0a, 0x0d, 0x0d, 0x0a);
}

/// libpcap reads no further when the interfaces of a pcapng file differ in link type or snap
/// length.
std::string with_remedy(std::string reason) {
    if (reason.find("different from the") != std::string::npos)
        reason +=
            "; give one file per interface: tshark -r FILE -Y 'frame.interface_id == 0' -w FILE0";
    return reason;
}

bool is_named_like_a_capture(const fs::path& path) {
    const std::string extension = path.extension().string();
    return extension == ".pcap" || extension == ".pcapng" || extension == ".cap";
}

}  // namespace

PcapFile::PcapFile(PcapFileOptions options) : options_(std::move(options)) {}

void PcapFile::open() {
    handle_ = PcapHandle::open_file(options_.path);
    handle_->set_filter(options_.filter, options_.path);
    packet_.source = options_.index;
}

PacketSource::Next PcapFile::next(Deadline) {
    if (!handle_) return Next::end;
    switch (handle_->read(packet_)) {
        case PcapHandle::Read::packet:
            packet_.number = ++counters_.packets;
            counters_.bytes += packet_.bytes.size();
            if (packet_.wire_length_bytes > packet_.bytes.size()) ++counters_.cut;
            return Next::packet;
        case PcapHandle::Read::failed:
            fault_ = with_remedy(handle_->error());
            break;
        case PcapHandle::Read::nothing:
        case PcapHandle::Read::end:
            break;
    }
    handle_.reset();
    return Next::end;
}

std::vector<std::string> capture_files(const std::string& path) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
        if (path != "-" && !fs::exists(path, error))
            throw SourceError(SourceError::Kind::not_found, path, "no such file or folder",
                              "check the path");
        return {path};
    }
    std::vector<std::string> files;
    for (fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                                error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (!entry->is_regular_file(error)) continue;
        if (is_named_like_a_capture(entry->path()) || begins_like_a_capture(entry->path()))
            files.push_back(entry->path().string());
    }
    if (files.empty())
        throw SourceError(SourceError::Kind::not_found, path, "no capture file below this folder",
                          "captures begin with the magic number of pcap or pcapng");
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace persandian::sources
