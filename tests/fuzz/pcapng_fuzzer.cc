// SPDX-License-Identifier: Apache-2.0
//
// The input is a pcapng file.
#include <cstdlib>

#include "daemon/sources/pcapng_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    if (size == 0) return 0;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    sources::PcapngReader reader(sources::File(::fmemopen(bytes.data(), bytes.size(), "r")));
    RawPacket packet;
    std::size_t packets = 0;
    while (reader.read(packet) == sources::PcapngReader::Read::packet) {
        // what is promised of a packet
        if (packet.bytes.size() > size) std::abort();
        if (packet.time.ns > INT64_MAX / 2 || packet.time.ns < -(INT64_MAX / 2)) std::abort();
        ++packets;
    }
    if (packets * 16 > size) std::abort();
    if (reader.read(packet) == sources::PcapngReader::Read::packet) std::abort();
    return 0;
}
