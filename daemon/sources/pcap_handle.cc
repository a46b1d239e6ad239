// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_handle.h"

#include <algorithm>
#include <array>
#include <climits>

#include <pcap/pcap.h>

#include "daemon/sources/capture_time.h"
#include "daemon/sources/fanout.h"
#include "daemon/sources/link_type.h"

namespace persandian::sources {
namespace {

using Kind = SourceError::Kind;

void require(bool ok, const std::string& name, const std::string& reason,
             const std::string& remedy) {
    if (!ok) throw SourceError(Kind::bad_option, name, reason, remedy);
}

[[noreturn]] void throw_activation_failure(pcap_t* handle, int code, const std::string& name) {
    const std::string detail = pcap_geterr(handle);
    const std::string reason = detail.empty() ? pcap_statustostr(code) : detail;
    switch (code) {
        case PCAP_ERROR_NO_SUCH_DEVICE:
            throw SourceError(Kind::not_found, name, "no such interface",
                              "'ip -brief link' lists the interfaces of this machine");
        case PCAP_ERROR_PERM_DENIED:
        case PCAP_ERROR_PROMISC_PERM_DENIED:
            throw SourceError(Kind::permission, name, "may not capture: " + reason,
                              "run as root or with CAP_NET_RAW and CAP_NET_ADMIN");
        case PCAP_ERROR_IFACE_NOT_UP:
            throw SourceError(Kind::device, name, "the interface is down",
                              "'ip link set " + name + " up' brings it up");
        default:
            throw SourceError(Kind::device, name, reason, "");
    }
}

}  // namespace

void PcapHandle::Closer::operator()(pcap* handle) const noexcept {
    pcap_close(handle);
}

PcapHandle::PcapHandle(pcap* handle) : handle_(handle) {}

PcapHandle PcapHandle::open_file(File file, const std::string& name) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    PcapHandle out(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO,
                                                            error.data()));
    if (!out.handle_)
        throw SourceError(Kind::unsupported, name, error.data(),
                          "expected a capture file in pcap or pcapng format");
    (void)file.release();  // pcap_close() closes it
    out.file_buffer_ = std::move(file.get_deleter().buffer);
    out.link_type_ = link_type_of(pcap_datalink(out.handle_.get()));
    return out;
}

PcapHandle PcapHandle::open_live(const PcapLiveOptions& options) {
    const std::string& name = options.interface;
    require(options.snap_length_bytes >= 64 && options.snap_length_bytes <= 262'144, name,
            "snap length " + std::to_string(options.snap_length_bytes) + " is out of range",
            "choose 64 to 262144 bytes");
    require(options.buffer_bytes >= 1_MiB && options.buffer_bytes <= INT_MAX, name,
            "buffer of " + std::to_string(options.buffer_bytes) + " bytes is out of range",
            "choose 1 MiB to 2 GiB");
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    PcapHandle out(pcap_create(name.c_str(), error.data()));
    pcap_t* const handle = out.handle_.get();
    if (handle == nullptr) throw SourceError(Kind::device, name, error.data(), "");
    pcap_set_snaplen(handle, static_cast<int>(options.snap_length_bytes));
    pcap_set_promisc(handle, options.promiscuous ? 1 : 0);
    // not immediate: libpcap then uses TPACKET_V3, whose blocks carry many packets per wake-up
    pcap_set_immediate_mode(handle, 0);
    pcap_set_timeout(handle, std::max(options.block_timeout_ms, 1));
    pcap_set_buffer_size(handle, static_cast<int>(options.buffer_bytes));
    pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
    const int code = pcap_activate(handle);
    if (code < 0) throw_activation_failure(handle, code, name);
    if (pcap_setnonblock(handle, 1, error.data()) != 0)
        throw SourceError(Kind::device, name, error.data(), "");
    out.link_type_ = link_type_of(pcap_datalink(handle));
    out.set_filter(options.filter, name);
    return out;
}

void PcapHandle::set_filter(const std::string& filter, const std::string& source_name) {
    if (filter.empty()) return;
    bpf_program program{};
    if (pcap_compile(handle_.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
        throw SourceError(Kind::bad_filter, source_name,
                          "filter '" + filter + "': " + pcap_geterr(handle_.get()),
                          "see pcap-filter(7)");
    const int code = pcap_setfilter(handle_.get(), &program);
    pcap_freecode(&program);
    if (code != 0) throw SourceError(Kind::bad_filter, source_name, pcap_geterr(handle_.get()), "");
}

std::uint16_t PcapHandle::join_fanout(std::uint16_t group, const std::string& source_name) {
    return sources::join_fanout(pcap_fileno(handle_.get()), group, source_name);
}

PcapHandle::Read PcapHandle::read(RawPacket& packet) noexcept {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    switch (pcap_next_ex(handle_.get(), &header, &data)) {
        case 1:
            break;
        case 0:
            return Read::nothing;
        case PCAP_ERROR_BREAK:
            return Read::end;
        default:
            return Read::failed;
    }
    // nanosecond precision was asked for: tv_usec holds nanoseconds
    packet.time = capture_time(header->ts.tv_sec, header->ts.tv_usec);
    packet.bytes = std::as_bytes(std::span(data, header->caplen));
    packet.wire_length_bytes = header->len;
    packet.link_type = link_type_;
    return Read::packet;
}

std::string PcapHandle::error() const {
    return pcap_geterr(handle_.get());
}

PcapHandle::Statistics PcapHandle::statistics() noexcept {
    pcap_stat stat{};
    if (pcap_stats(handle_.get(), &stat) != 0) return {};
    return {.dropped = stat.ps_drop, .interface_dropped = stat.ps_ifdrop};
}

int PcapHandle::poll_descriptor() const noexcept {
    return pcap_get_selectable_fd(handle_.get());
}

}  // namespace persandian::sources
