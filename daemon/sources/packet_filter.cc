// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/packet_filter.h"

#include <pcap/pcap.h>

#include "daemon/sources/link_type.h"
#include "daemon/sources/source_error.h"

namespace persandian::sources {
namespace {

constexpr int longest_packet_bytes = 262'144;

}  // namespace

void PacketFilter::Deleter::operator()(bpf_program* program) const noexcept {
    pcap_freecode(program);
    delete program;
}

PacketFilter::PacketFilter(const std::string& expression, std::uint32_t link_type,
                           const std::string& source_name)
    : link_type_(link_type) {
    if (expression.empty()) return;
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
        pcap_open_dead(dlt_of(link_type), longest_packet_bytes), pcap_close);
    program_.reset(new bpf_program{});
    if (pcap_compile(handle.get(), program_.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) ==
        0)
        return;
    throw SourceError(SourceError::Kind::bad_filter, source_name,
                      "filter '" + expression + "': " + pcap_geterr(handle.get()),
                      "see pcap-filter(7)");
}

bool PacketFilter::admits(const RawPacket& packet) const noexcept {
    if (!program_) return true;
    pcap_pkthdr header{};
    header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
    header.len = packet.wire_length_bytes;
    return pcap_offline_filter(program_.get(), &header,
                               reinterpret_cast<const u_char*>(packet.bytes.data())) != 0;
}

}  // namespace persandian::sources
