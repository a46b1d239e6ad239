// SPDX-License-Identifier: Apache-2.0
//
// Live capture over a pair of virtual interfaces in a network namespace of the test's own. Needs
// root.
#include "daemon/sources/pcap_live.h"

#include <functional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/daemon/sources/capture_bytes.h"

namespace persandian::sources::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

/// Runs `body` in a child with a network of its own: interfaces pa and pb, joined. Returns the
/// child's exit code; 77 when such a network cannot be made here.
int in_own_network(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWNET) != 0) ::_exit(77);
        if (std::system("ip link add pa type veth peer name pb 2>/dev/null && "
                        "ip link set pa up && ip link set pb up") != 0)
            ::_exit(77);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool send_frames(const char* interface, const std::string& frame, int count) {
    const int fd = ::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    bool ok = fd >= 0;
    for (int i = 0; i < count && ok; ++i)
        ok = ::sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                      sizeof to) == static_cast<ssize_t>(frame.size());
    ::close(fd);
    return ok;
}

#define EXPECT_IN_NETWORK(body)                                                        \
    do {                                                                               \
        if (::geteuid() != 0) GTEST_SKIP() << "skipped: live capture needs root";      \
        const int code = in_own_network(body);                                         \
        if (code == 77) GTEST_SKIP() << "skipped: no network namespaces or veth here"; \
        EXPECT_EQ(code, 0) << "number of the step that failed in the child";           \
    } while (false)

int captures_what_is_sent() {
    PcapLive live({.interface = "pb", .filter = "udp port 5353", .buffer_bytes = 4_MiB}, 6);
    live.open();
    if (live.poll_descriptor() < 0) return 1;
    if (live.next(Clock::now()) != PacketSource::Next::timeout) return 2;
    const std::string wanted = udp_frame(5353, "hello");
    if (!send_frames("pa", udp_frame(53, "other"), 10) || !send_frames("pa", wanted, 50)) return 3;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        if (live.next(Clock::now() + seconds(20)) != PacketSource::Next::packet) return 4;
        const RawPacket& packet = live.packet();
        if (as_text(packet.bytes) != wanted || packet.number != i || packet.source != 6) return 5;
        if (packet.link_type != 1 || packet.wire_length_bytes != wanted.size()) return 6;
        if (packet.time.ns % 1'000 != 0) continue;  // nanoseconds: seldom a round number
    }
    if (live.next(Clock::now()) != PacketSource::Next::timeout) return 7;
    const PacketCounters counters = live.counters();
    if (counters.packets != 50 || counters.kernel_dropped != 0 || counters.cut != 0) return 8;
    return 0;
}

TEST(PcapLive, CapturesWhatIsSent) {
    EXPECT_IN_NETWORK(captures_what_is_sent);
}

int snap_length_cuts() {
    PcapLive live({.interface = "pb", .filter = "udp", .snap_length_bytes = 64});
    live.open();
    const std::string frame = udp_frame(9, std::string(500, 'x'));
    if (!send_frames("pa", frame, 1)) return 1;
    if (live.next(Clock::now() + seconds(20)) != PacketSource::Next::packet) return 2;
    if (live.packet().bytes.size() != 64 || live.packet().wire_length_bytes != frame.size())
        return 3;
    return live.counters().cut == 1 ? 0 : 4;
}

TEST(PcapLive, SnapLengthCutsAndIsCounted) {
    EXPECT_IN_NETWORK(snap_length_cuts);
}

int overload_is_counted() {
    PcapLive live({.interface = "pb", .filter = "udp", .buffer_bytes = 1_MiB});
    live.open();
    if (!send_frames("pa", udp_frame(9, std::string(1000, 'x')), 20'000)) return 1;
    std::uint64_t seen = 0;
    while (live.next(Clock::now() + std::chrono::milliseconds(500)) == PacketSource::Next::packet)
        ++seen;
    const PacketCounters counters = live.counters();
    if (seen == 0 || counters.kernel_dropped == 0) return 2;
    if (seen + counters.kernel_dropped != 20'000) return 3;
    return live.counters().kernel_dropped == counters.kernel_dropped ? 0 : 4;
}

TEST(PcapLive, WhatTheKernelDropsIsCountedToThePacket) {
    EXPECT_IN_NETWORK(overload_is_counted);
}

int a_vanished_interface_ends_with_a_fault() {
    PcapLive live({.interface = "pb"});
    live.open();
    if (std::system("ip link del pb") != 0) return 1;
    const auto until = Clock::now() + seconds(20);
    PacketSource::Next next = PacketSource::Next::timeout;
    while (next != PacketSource::Next::end && Clock::now() < until) next = live.next(until);
    if (next != PacketSource::Next::end) return 2;
    return live.fault().empty() ? 3 : 0;
}

TEST(PcapLive, AVanishedInterfaceEndsWithAFault) {
    EXPECT_IN_NETWORK(a_vanished_interface_ends_with_a_fault);
}

TEST(PcapLive, ReasonsForNotOpening) {
    if (::geteuid() != 0) GTEST_SKIP() << "skipped: live capture needs root";
    const auto kind_of = [](PcapLiveOptions options) {
        PcapLive live(std::move(options));
        try {
            live.open();
        } catch (const SourceError& error) {
            return error.kind();
        }
        ADD_FAILURE() << "opened";
        return SourceError::Kind::device;
    };
    EXPECT_EQ(kind_of({.interface = "no-such-if0"}), SourceError::Kind::not_found);
    EXPECT_EQ(kind_of({.interface = "lo", .filter = "port port"}), SourceError::Kind::bad_filter);
    EXPECT_EQ(kind_of({.interface = "lo", .snap_length_bytes = 3}), SourceError::Kind::bad_option);
    EXPECT_EQ(kind_of({.interface = "lo", .buffer_bytes = 3}), SourceError::Kind::bad_option);
}

}  // namespace
}  // namespace persandian::sources::test
