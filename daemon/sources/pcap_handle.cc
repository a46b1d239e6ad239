// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/pcap_handle.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>

#include <pcap/pcap.h>

namespace persandian::sources {
namespace {

using Kind = SourceError::Kind;

/// Capture files may carry any time. What lies further from 1970 (1823, 2116) is set to this bound,
/// so that differences of two times, and times plus a window, stay within their type.
constexpr std::int64_t farthest_ns = INT64_MAX / 2;

/// `fraction_ns` may be as large as a file's 32-bit field allows.
Timestamp time_of(std::int64_t seconds, std::int64_t fraction_ns) noexcept {
    constexpr std::int64_t farthest_seconds = farthest_ns / 1'000'000'000;
    const Timestamp time = Timestamp::from_seconds(
        std::clamp(seconds, -farthest_seconds, farthest_seconds), fraction_ns);
    return {std::clamp(time.ns, -farthest_ns, farthest_ns)};
}

/// libpcap's DLT_ numbers differ from the LINKTYPE_ numbers of files for a few old types.
std::uint32_t link_type_of(int dlt) noexcept {
    switch (dlt) {
        case DLT_ATM_RFC1483:
            return 100;
        case DLT_RAW:
            return 101;
        case DLT_C_HDLC:
            return 104;
        default:
            return static_cast<std::uint32_t>(dlt);
    }
}

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

PcapHandle PcapHandle::open_file(const std::string& path) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    errno = 0;
    PcapHandle out(pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO,
                                                           error.data()));
    if (out.handle_) {
        out.link_type_ = link_type_of(pcap_datalink(out.handle_.get()));
        return out;
    }
    const int code = errno;
    std::string reason(error.data());
    if (reason.starts_with(path + ": ")) reason.erase(0, path.size() + 2);
    if (code == ENOENT) throw SourceError(Kind::not_found, path, reason, "check the path");
    if (code == EACCES)
        throw SourceError(Kind::permission, path, reason, "let the user that runs this read it");
    throw SourceError(Kind::unsupported, path, reason,
                      "expected a capture file in pcap or pcapng format");
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
    packet.time = time_of(header->ts.tv_sec, header->ts.tv_usec);
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
