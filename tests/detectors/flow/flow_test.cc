// SPDX-License-Identifier: Apache-2.0
#include "detectors/flow/flow.h"

#include <gtest/gtest.h>

#include "tests/support/event_recorder.h"

namespace persandian::flow {
namespace {

FlowInfo make(std::uint8_t protocol, std::string_view client, std::uint16_t client_port,
              std::string_view server, std::uint16_t server_port) {
    FlowInfo flow;
    flow.id = 7;
    flow.ip_protocol = protocol;
    flow.client = *IpAddress::parse(client);
    flow.server = *IpAddress::parse(server);
    flow.client_port = client_port;
    flow.server_port = server_port;
    return flow;
}

struct Baseline {
    std::uint8_t protocol;
    const char* client;
    std::uint16_t client_port;
    const char* server;
    std::uint16_t server_port;
    const char* id;
};

// baselines published with the community-id specification
class CommunityId : public testing::TestWithParam<Baseline> {};

TEST_P(CommunityId, IsTheSameForBothDirectionsAndAsPublished) {
    const Baseline& row = GetParam();
    EXPECT_EQ(
        make(row.protocol, row.client, row.client_port, row.server, row.server_port).community_id(),
        row.id);
    EXPECT_EQ(
        make(row.protocol, row.server, row.server_port, row.client, row.client_port).community_id(),
        row.id);
}

INSTANTIATE_TEST_SUITE_P(
    Published, CommunityId,
    testing::Values(
        Baseline{6, "128.232.110.120", 34855, "66.35.250.204", 80,
                 "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
        Baseline{17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
        Baseline{1, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
        Baseline{58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 136,
                 "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
        Baseline{132, "192.168.170.8", 7, "192.168.170.56", 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="}));

TEST(CommunityIdOneWay, DependsOnTheDirection) {
    const FlowInfo there = make(1, "192.0.2.1", 3, "198.51.100.1", 3);
    const FlowInfo back = make(1, "198.51.100.1", 3, "192.0.2.1", 3);
    EXPECT_NE(there.community_id(), back.community_id());
}

TEST(FlowFields, SwapSourceAndDestinationForTheServersDirection) {
    const FlowInfo flow = make(6, "192.0.2.1", 40000, "198.51.100.1", 80);
    Event event;
    event.reset("test", {});
    add_flow_fields(event, flow, Direction::to_client);
    EXPECT_EQ(event.text_of("src_ip"), "198.51.100.1");
    EXPECT_EQ(event.text_of("src_port"), "80");
    EXPECT_EQ(event.text_of("dest_ip"), "192.0.2.1");
    EXPECT_EQ(event.text_of("dest_port"), "40000");
    EXPECT_EQ(event.text_of("proto"), "TCP");
    EXPECT_EQ(event.text_of("flow_id"), "7");
    EXPECT_EQ(event.find("vlan"), nullptr);
}

TEST(FlowFields, IcmpHasTypeAndCodeInsteadOfPorts) {
    const FlowInfo flow = make(1, "192.0.2.1", 8, "198.51.100.1", 0);
    Event event;
    event.reset("test", {});
    add_flow_fields(event, flow, Direction::to_client);
    EXPECT_EQ(event.find("src_port"), nullptr);
    EXPECT_EQ(event.text_of("icmp_type"), "0") << "an echo reply goes to the client";
    EXPECT_EQ(event.text_of("proto"), "ICMP");
}

TEST(FlowFields, UnknownProtocolsAreNumbers) {
    for (const auto& [protocol, text] :
         {std::pair<std::uint8_t, const char*>{47, "47"}, {5, "5"}, {103, "103"}, {0, "0"}}) {
        const FlowInfo flow = make(protocol, "192.0.2.1", 0, "198.51.100.1", 0);
        Event event;
        event.reset("test", {});
        add_flow_fields(event, flow, Direction::to_server);
        EXPECT_EQ(event.text_of("proto"), text);
    }
}

}  // namespace
}  // namespace persandian::flow
