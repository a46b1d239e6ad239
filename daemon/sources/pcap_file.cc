// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_file.h"

#include <algorithm>
#include <utility>

#include "daemon/sources/capture_stream.h"

namespace persandian::sources {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t ethernet = 1;

bool is_named_like_a_capture(const fs::path& path) {
    const std::string extension = path.extension().string();
    return extension == ".pcap" || extension == ".pcapng" || extension == ".cap";
}

}  // namespace

PcapFile::PcapFile(PcapFileOptions options) : options_(std::move(options)) {}

void PcapFile::open() {
    packet_.source = options_.index;
    CaptureStream stream = open_capture(options_.path);
    if (stream.format != CaptureFormat::pcapng) {
        handle_ = PcapHandle::open_file(std::move(stream.file), options_.path);
        handle_->set_filter(options_.filter, options_.path);
        return;
    }
    reader_.emplace(std::move(stream.file));
    const std::optional<std::uint32_t> link_type = reader_->first_link_type();
    if (!link_type && !reader_->fault().empty())
        throw SourceError(SourceError::Kind::unsupported, options_.path, reader_->fault(),
                          "expected a capture file in pcap or pcapng format");
    filters_.emplace_back(options_.filter, link_type.value_or(ethernet), options_.path);
}

PacketSource::Next PcapFile::next(Deadline) {
    const bool is_packet = reader_ ? read_pcapng() : handle_ && read_pcap();
    if (!is_packet) {
        handle_.reset();
        return Next::end;
    }
    packet_.number = ++counters_.packets;
    counters_.bytes += packet_.bytes.size();
    if (packet_.wire_length_bytes > packet_.bytes.size()) ++counters_.cut;
    return Next::packet;
}

PacketCounters PcapFile::counters() {
    if (reader_) {
        counters_.kernel_dropped = reader_->system_dropped();
        counters_.interface_dropped = reader_->interface_dropped();
    }
    return counters_;
}

bool PcapFile::read_pcap() {
    switch (handle_->read(packet_)) {
        case PcapHandle::Read::packet:
            return true;
        case PcapHandle::Read::failed:
            fault_ = handle_->error();
            return false;
        case PcapHandle::Read::nothing:
        case PcapHandle::Read::end:
            break;
    }
    return false;
}

bool PcapFile::read_pcapng() {
    while (true) {
        switch (reader_->read(packet_)) {
            case PcapngReader::Read::packet:
                if (is_wanted()) return true;
                break;
            case PcapngReader::Read::failed:
                fault_ = reader_->fault();
                return false;
            case PcapngReader::Read::end:
                return false;
        }
    }
}

/// A filter may make no sense for the link type of a later interface: its packets are left out, and
/// the fault says so.
bool PcapFile::is_wanted() {
    if (options_.filter.empty()) return true;
    for (const PacketFilter& filter : filters_)
        if (filter.link_type() == packet_.link_type) return filter.admits(packet_);
    if (std::find(unfiltered_.begin(), unfiltered_.end(), packet_.link_type) != unfiltered_.end())
        return false;
    try {
        return filters_.emplace_back(options_.filter, packet_.link_type, options_.path)
            .admits(packet_);
    } catch (const SourceError& error) {
        unfiltered_.push_back(packet_.link_type);
        fault_ = "packets of link type " + std::to_string(packet_.link_type) +
                 " are left out: " + error.what();
        return false;
    }
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
        if (is_named_like_a_capture(entry->path()) ||
            capture_format_of(entry->path()) != CaptureFormat::none)
            files.push_back(entry->path().string());
    }
    if (files.empty())
        throw SourceError(SourceError::Kind::not_found, path, "no capture file below this folder",
                          "captures begin with the magic number of pcap or pcapng");
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace persandian::sources
