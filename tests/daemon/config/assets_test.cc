// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::config {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> problems_of(const std::string& text) {
    std::vector<std::string> out;
    try {
        (void)parse_assets("assets.yml", text);
    } catch (const ConfigError& error) {
        for (const ConfigProblem& problem : error.problems()) out.push_back(problem.to_string());
    }
    return out;
}

TEST(Assets, ReadsAnAgency) {
    const incident::AssetInventory inventory =
        parse_assets("assets.yml",
                     "agencies:\n"
                     "  - code: '72.71'\n"
                     "    name: Dinas Kesehatan\n"
                     "    zone: WIB\n"
                     "    contact: csirt@example.go.id\n"
                     "    networks: [192.0.2.0/24, '2001:db8::/32']\n"
                     "    hosts: dinkes.example.go.id\n"
                     "    log-sources: [/var/log/remote/dinkes/]\n"
                     "  - {code: '72.72', name: Dinas Pendidikan, zone: '+09:00'}\n"
                     "  - {code: '72.73', name: Dinas Sosial}\n");
    ASSERT_EQ(inventory.agencies.size(), 3U);
    const incident::Agency& agency = inventory.agencies[0];
    EXPECT_EQ(agency.code, "72.71");
    EXPECT_EQ(agency.zone, "Asia/Jakarta");
    EXPECT_EQ(agency.zone_name, "WIB");
    EXPECT_EQ(agency.zone_offset_minutes, 420);
    EXPECT_EQ(agency.contact, "csirt@example.go.id");
    ASSERT_EQ(agency.networks.size(), 2U);
    EXPECT_EQ(agency.networks[0].to_string(), "192.0.2.0/24");
    EXPECT_THAT(agency.hosts, ElementsAre("dinkes.example.go.id"));
    EXPECT_THAT(agency.log_sources, ElementsAre("/var/log/remote/dinkes/"));
    EXPECT_EQ(inventory.agencies[1].zone_offset_minutes, 540);
    EXPECT_EQ(inventory.agencies[2].zone_name, "WITA");
}

TEST(Assets, AnEmptyFileIsAnEmptyInventory) {
    EXPECT_TRUE(parse_assets("assets.yml", "").agencies.empty());
    EXPECT_TRUE(parse_assets("assets.yml", "agencies: []\n").agencies.empty());
}

TEST(Assets, EveryMistakeHasItsPlace) {
    EXPECT_THAT(
        problems_of("agencies:\n"
                    "  - code: a\n"
                    "    name: A\n"
                    "    network: [192.0.2.0/24]\n"
                    "  - name: B\n"
                    "    networks: [192.0.2.1/24, 300.0.0.0/8]\n"
                    "    zone: WITENG\n"
                    "    hosts: ['*.example.go.id']\n"
                    "agences: []\n"),
        ElementsAre(
            "assets.yml:4:5: unknown key 'network' in an agency; did you mean 'networks'?",
            "assets.yml:5:5: an agency needs the key 'code'",
            "assets.yml:7:11: 'zone' must be WIB, WITA, WIT, UTC or an offset such as +08:00, not "
            "'WITENG'",
            "assets.yml:6:16: '192.0.2.1/24' is not a network: the prefix is out of range or bits "
            "behind it are set",
            "assets.yml:6:30: '300.0.0.0/8' is not a network; write 192.0.2.0/24 or 2001:db8::/32",
            "assets.yml:8:13: '*.example.go.id' is not a host name; for all sub-domains write "
            ".example.go.id",
            "assets.yml:9:1: unknown key 'agences' in the inventory; did you mean 'agencies'?"));
}

TEST(Assets, NothingHasTwoOwners) {
    EXPECT_THAT(problems_of("agencies:\n"
                            "  - {code: a, name: A, networks: 192.0.2.0/24, hosts: [x.go.id]}\n"
                            "  - {code: b, name: B, networks: 192.0.2.0/24, hosts: [x.go.id]}\n"
                            "  - {code: b, name: C}\n"),
                ElementsAre("assets.yml:3:34: '192.0.2.0/24' belongs to agency a already",
                            "assets.yml:3:56: 'x.go.id' belongs to agency a already",
                            "assets.yml:4:5: 'b' belongs to agency B already"));
}

}  // namespace
}  // namespace persandian::config
