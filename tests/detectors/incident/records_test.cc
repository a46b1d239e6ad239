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
    EXPECT_EQ(
        draft.members,
        R"(,"coverage":{"packets_received":7,"packets_dropped_kernel":0,)"
        R"("packets_dropped_interface":0,"packets_malformed":0,"flows_evicted":0,"flows_shed":0,)"
        R"("lines_read":0,"lines_unparsed":0,"lines_lost":18446744073709551615,)"
        R"("events":0,"findings":0,"suppressed":0},"interval_s":60)");
}

TEST(Records, ConfigNamesRuleSetAndConfiguration) {
    persandian::test::FixedRandom random;
    ConfigFacts facts;
    facts.rules = 30;
    facts.refused = 1;
    facts.binary = "0.1.0";
    const std::vector<RecordDraft> drafts = config_records(facts, random);
    ASSERT_EQ(drafts.size(), 1U);
    EXPECT_EQ(drafts[0].kind, "config");
    EXPECT_EQ(drafts[0].members, R"(,"ruleset":")" + std::string(64, '0') +
                                     R"(","rules":30,"refused":1,"binary":"0.1.0","config":")" +
                                     std::string(64, '0') + R"(","suppressions":[])");
}

QuietFact quiet_fact(std::uint64_t line) {
    QuietFact fact;
    fact.line = line;
    fact.rules = {"11-aa", "22-bb"};
    fact.reason = "the laptop of Sari";
    fact.author = "Budi";
    fact.from = Timestamp::from_seconds(1'790'000'000);
    fact.until = Timestamp::from_seconds(1'790'086'400);
    return fact;
}

TEST(Records, ConfigTellsWhatIsQuietAndNamesNobody) {
    persandian::test::FixedRandom random;
    ConfigFacts facts;
    facts.suppression_files = {"suppressions: [of Budi]\n"};
    facts.suppressions = {quiet_fact(2), quiet_fact(9)};
    facts.suppressions[0].hidden = 12;
    facts.suppressions[0].last_hidden = Timestamp::from_seconds(1'790'000'060);
    facts.suppressions[1].throttle_limit = 5;
    facts.suppressions[1].throttle_window = Duration::minutes(10);
    const std::vector<RecordDraft> drafts = config_records(facts, random);
    ASSERT_EQ(drafts.size(), 1U);
    for (const char* const personal : {"Sari", "Budi", "laptop"})
        EXPECT_EQ(drafts[0].members.find(personal), std::string::npos) << personal;
    EXPECT_EQ(disclosed(drafts[0], "suppressions/0/reason"), "the laptop of Sari");
    EXPECT_EQ(disclosed(drafts[0], "suppressions/1/author"), "Budi");
    const std::string file = sha256(as_bytes(facts.suppression_files[0])).hex();
    const auto record = parsed(drafts[0]);
    const auto& hides = record.at("suppressions").at(0).as_object();
    EXPECT_EQ(text(hides.at("file")), file);
    EXPECT_EQ(hides.at("line").as_int64(), 2);
    EXPECT_EQ(text(hides.at("rules").at(1)), "22-bb");
    EXPECT_EQ(hides.at("rule_count").as_int64(), 2);
    EXPECT_EQ(text(hides.at("until")), "2026-09-22T14:13:20.000000000Z");
    EXPECT_EQ(text(hides.at("hides")), "alerts");
    EXPECT_EQ(hides.at("hidden").as_int64(), 12);
    EXPECT_EQ(text(hides.at("last")), "2026-09-21T14:14:20.000000000Z");
    const auto& throttles = record.at("suppressions").at(1).as_object();
    EXPECT_EQ(throttles.at("limit").as_int64(), 5);
    EXPECT_EQ(throttles.at("window_s").as_int64(), 600);
    EXPECT_FALSE(throttles.contains("last"));
    ASSERT_EQ(drafts[0].evidence.size(), 1U);
    EXPECT_EQ(text(record.at("ev").at(0).at("sha256")), file);
    EXPECT_EQ(drafts[0].evidence[0].bytes, facts.suppression_files[0]);
}

TEST(Records, ConfigOfManySuppressionsIsSeveralRecords) {
    persandian::test::FixedRandom random;
    ConfigFacts facts;
    for (std::size_t i = 0; i < 300; ++i) {
        facts.suppression_files.push_back("# " + std::to_string(i) + "\n");
        facts.suppressions.push_back(quiet_fact(1));
        facts.suppressions.back().file = i;
        facts.suppressions.back().rules.assign(200, std::string(500, '\x01'));
        facts.suppressions.back().rules.resize(i % 3 == 0 ? 200 : 1);
    }
    const std::vector<RecordDraft> drafts = config_records(facts, random);
    ASSERT_GT(drafts.size(), 1U);
    std::size_t items = 0;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const auto record = parsed(drafts[i]);
        EXPECT_LE(drafts[i].members.size(), 65'000U);
        EXPECT_EQ(record.at("part").to_number<std::size_t>(), i + 1);
        EXPECT_EQ(record.at("parts").to_number<std::size_t>(), drafts.size());
        EXPECT_LE(drafts[i].evidence.size(), 256U);
        EXPECT_EQ(record.at("ev").as_array().size(), drafts[i].evidence.size());
        items += record.at("suppressions").as_array().size();
    }
    EXPECT_EQ(items, facts.suppressions.size());
}

}  // namespace
}  // namespace persandian::incident::test
