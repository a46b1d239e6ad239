// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/fanout.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "daemon/sources/source_error.h"

namespace persandian::sources {
namespace {

/// Classic BPF that gives the same number for both directions of a pair of addresses: the exclusive
/// or of all their words, spread by multiplication. What is not IP gives 0. The kernel takes the
/// rest of the division by the number of shards.
constexpr auto fanout_program = [] {
    constexpr auto load = static_cast<std::uint16_t>(BPF_LD | BPF_W | BPF_ABS);
    constexpr auto network = static_cast<std::uint32_t>(SKF_NET_OFF);
    constexpr std::size_t v6_words = 8;
    // 3 to tell them apart, 3 for IPv4, 1 + 3 for each further word of IPv6, 4 to end
    constexpr std::size_t v4_begin = 3;
    constexpr std::size_t v6_begin = v4_begin + 5;
    constexpr std::size_t mix = v6_begin + 1 + (v6_words - 1) * 3;
    std::array<sock_filter, mix + 4> code{};
    const auto jump_to = [](std::size_t from, std::size_t to) {
        return static_cast<std::uint8_t>(to - from - 1);
    };
    const std::size_t reject = mix + 3;
    code[0] = {load, 0, 0, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL)};
    code[1] = {BPF_JMP | BPF_JEQ | BPF_K, jump_to(1, v4_begin), 0, ETH_P_IP};
    code[2] = {BPF_JMP | BPF_JEQ | BPF_K, jump_to(2, v6_begin), jump_to(2, reject), ETH_P_IPV6};
    code[v4_begin] = {load, 0, 0, network + 12};
    code[v4_begin + 1] = {BPF_MISC | BPF_TAX, 0, 0, 0};
    code[v4_begin + 2] = {load, 0, 0, network + 16};
    code[v4_begin + 3] = {BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0};
    code[v4_begin + 4] = {BPF_JMP | BPF_JA, 0, 0, mix - (v4_begin + 5)};
    std::size_t at = v6_begin;
    code[at++] = {load, 0, 0, network + 8};
    for (std::uint32_t word = 1; word < v6_words; ++word) {
        code[at++] = {BPF_MISC | BPF_TAX, 0, 0, 0};
        code[at++] = {load, 0, 0, network + 8 + 4 * word};
        code[at++] = {BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0};
    }
    code[mix] = {BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9E3779B1};  // 2^32 / golden ratio
    code[mix + 1] = {BPF_ALU | BPF_RSH | BPF_K, 0, 0, 16};
    code[mix + 2] = {BPF_RET | BPF_A, 0, 0, 0};
    code[reject] = {BPF_RET | BPF_K, 0, 0, 0};
    return code;
}();

}  // namespace

std::uint16_t join_fanout(int descriptor, std::uint16_t group, const std::string& source_name) {
    const auto check = [&](int result, const char* what) {
        if (result != 0)
            throw SourceError(SourceError::Kind::device, source_name,
                              std::string(what) + ": " + std::strerror(errno),
                              "set 'shards: 1' for this interface");
    };
    // without a number the kernel chooses one that is free
    const unsigned flags = group == 0 ? PACKET_FANOUT_FLAG_UNIQUEID : 0U;
    unsigned request = group | ((PACKET_FANOUT_CBPF | flags) << 16U);
    check(::setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &request, sizeof request),
          "cannot share the traffic among shards (PACKET_FANOUT)");
    if (group == 0) {
        std::array<sock_filter, fanout_program.size()> code = fanout_program;
        const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
        check(::setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program),
              "cannot share the traffic among shards (PACKET_FANOUT_DATA)");
    }
    socklen_t size = sizeof request;
    check(::getsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &request, &size),
          "cannot read the number of the shards' group");
    return static_cast<std::uint16_t>(request & 0xFFFFU);
}

}  // namespace persandian::sources
