// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "detectors/incident/incident_stage.h"

namespace persandian::incident {
namespace {

AssetInventory inventory() {
    Agency province;
    province.code = "72";
    province.networks = {*IpNetwork::parse("10.0.0.0/8"), *IpNetwork::parse("2001:db8::/32")};
    province.hosts = {".example.go.id"};
    province.log_sources = {"/var/log/remote"};
    Agency health;
    health.code = "72.02";
    health.networks = {*IpNetwork::parse("10.2.0.0/16")};
    health.hosts = {"dinkes.example.go.id"};
    health.log_sources = {"/var/log/remote/dinkes/", "DINKES-GW"};
    return {{province, health}};
}

std::string owner(std::vector<FindingField> fields) {
    static const AssetInventory all = inventory();
    Finding finding;
    finding.fields = std::move(fields);
    const Agency* const agency = all.find(finding);
    return agency == nullptr ? "none" : agency->code;
}

TEST(AssetInventory, LongestPrefixWins) {
    EXPECT_EQ(owner({{"dest_ip", "10.2.3.4"}}), "72.02");
    EXPECT_EQ(owner({{"dest_ip", "10.3.3.4"}}), "72");
    EXPECT_EQ(owner({{"dest_ip", "2001:db8::1"}}), "72");
    EXPECT_EQ(owner({{"dest_ip", "192.0.2.1"}}), "none");
}

TEST(AssetInventory, DestinationBeforeSource) {
    EXPECT_EQ(owner({{"src_ip", "10.2.3.4"}, {"dest_ip", "10.3.3.4"}}), "72");
    EXPECT_EQ(owner({{"src_ip", "10.2.3.4"}, {"dest_ip", "192.0.2.1"}}), "72.02");
}

TEST(AssetInventory, OfDnsTheAskerNotTheResolver) {
    static const AssetInventory all = inventory();
    Finding finding;
    finding.event_type = "dns";
    finding.fields = {{"src_ip", "10.2.3.4"}, {"dest_ip", "10.3.3.53"}};
    ASSERT_NE(all.find(finding), nullptr);
    EXPECT_EQ(all.find(finding)->code, "72.02");
    finding.fields = {{"src_ip", "192.0.2.1"}, {"dest_ip", "10.3.3.53"}};
    ASSERT_NE(all.find(finding), nullptr);
    EXPECT_EQ(all.find(finding)->code, "72");
}

TEST(AssetInventory, HostBeforeAddress) {
    EXPECT_EQ(owner({{"http.hostname", "Dinkes.Example.go.id.:8080"}, {"dest_ip", "10.3.3.4"}}),
              "72.02");
    EXPECT_EQ(owner({{"tls.sni", "www.example.go.id"}, {"dest_ip", "10.2.3.4"}}), "72");
    EXPECT_EQ(owner({{"tls.sni", "example.go.id"}}), "72");
}

TEST(AssetInventory, ADotMeansSubDomainsNotLookAlikes) {
    EXPECT_EQ(owner({{"tls.sni", "badexample.go.id"}}), "none");
    EXPECT_EQ(owner({{"tls.sni", "www.dinkes.example.go.id"}}), "72");
}

TEST(AssetInventory, LogSourcesByPathAndByName) {
    EXPECT_EQ(owner({{"log.source", "/var/log/remote/dinkes/auth.log"}}), "72.02");
    EXPECT_EQ(owner({{"log.source", "/var/log/remote/other.log"}}), "72");
    EXPECT_EQ(owner({{"log.source", "/var/log/remotely"}}), "none");
    EXPECT_EQ(owner({{"host", "dinkes-gw"}}), "72.02");
}

}  // namespace
}  // namespace persandian::incident
