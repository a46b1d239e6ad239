// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/records.h"

#include <gtest/gtest.h>

#include "tests/detectors/incident/support.h"
#include "tests/support/fixed_random.h"

namespace persandian::incident::test {
namespace {

TEST(Records, GapSaysWhatIsMissing) {
    persandian::test::FixedRandom random;
    Gap gap;
    gap.what = Gap::What::log;
    gap.from = Timestamp::from_seconds(1'790'000'000);
    gap.to = Timestamp::from_seconds(1'790'000'060, 5);
    gap.lost = {{"lines", 3}};
    gap.reason = "unreadable";
    const RecordDraft draft = gap_record(gap, random);
    EXPECT_EQ(draft.kind, "gap");
    EXPECT_EQ(draft.members,
              R"(,"what":"log","from":"2026-09-21T14:13:20.000000000Z",)"
              R"("to":"2026-09-21T14:14:20.000000005Z","lost":{"lines":3},"reason":"unreadable")");
}

TEST(Records, GapKeepsNamesOfFilesInTheEvidence) {
    persandian::test::FixedRandom random;
    Gap gap;
    gap.reason = "truncated capture file";
    gap.details = "/home/budi/x.pcap\n";
    const RecordDraft draft = gap_record(gap, random);
    EXPECT_EQ(draft.members.find("budi"), std::string::npos);
    ASSERT_EQ(draft.evidence.size(), 1U);
    EXPECT_EQ(text(parsed(draft).at("ev").at(0).at("sha256")), draft.evidence[0].sha256.hex());
}

TEST(Records, HeartbeatCarriesAllCounters) {
    persandian::test::FixedRandom random;
    Coverage coverage;
    coverage.packets_received = 7;
    coverage.lines_lost = UINT64_MAX;
    const RecordDraft draft = heartbeat_record(coverage, 60, random);
    EXPECT_EQ(draft.members,
              R"(,"coverage":{"packets_received":7,"packets_dropped_kernel":0,)"
              R"("packets_dropped_interface":0,"packets_malformed":0,"flows_evicted":0,)"
              R"("lines_read":0,"lines_unparsed":0,"lines_lost":18446744073709551615,)"
              R"("events":0,"findings":0},"interval_s":60)");
}

TEST(Records, ConfigNamesRuleSetAndConfiguration) {
    persandian::test::FixedRandom random;
    ConfigFacts facts;
    facts.rules = 30;
    facts.refused = 1;
    facts.binary = "0.1.0";
    const auto record = parsed(config_record(facts, random));
    EXPECT_EQ(record.at("rules").as_int64(), 30);
    EXPECT_EQ(record.at("refused").as_int64(), 1);
    EXPECT_EQ(text(record.at("ruleset")), std::string(64, '0'));
}

}  // namespace
}  // namespace persandian::incident::test
