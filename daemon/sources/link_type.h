// SPDX-License-Identifier: Apache-2.0
//
// libpcap's DLT_ numbers differ from the LINKTYPE_ numbers of capture files for a few old types.
#pragma once

#include <cstdint>

#include <pcap/dlt.h>

namespace persandian::sources {

[[nodiscard]] constexpr std::uint32_t link_type_of(int dlt) noexcept {
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

[[nodiscard]] constexpr int dlt_of(std::uint32_t link_type) noexcept {
    switch (link_type) {
        case 100:
            return DLT_ATM_RFC1483;
        case 101:
            return DLT_RAW;
        case 104:
            return DLT_C_HDLC;
        default:
            return static_cast<int>(link_type);
    }
}

}  // namespace persandian::sources
