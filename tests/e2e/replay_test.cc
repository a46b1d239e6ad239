// SPDX-License-Identifier: Apache-2.0
//
// The production engine over the samples: what it finds, that it finds the same twice, that records
// name nobody, that what is lost is said.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/assets.h"
#include "daemon/config/rule_files.h"
#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/system_clock.h"
#include "detectors/event/event_json.h"
#include "tests/support/fixed_random.h"
#include "tests/support/temp_dir.h"
#include "tools/persandian/incident_rows.h"
#include "tools/persandian/replay_run.h"

namespace persandian::cli {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

std::shared_ptr<const sigma::RuleSet> our_rules() {
    static const std::shared_ptr<const sigma::RuleSet> rules = [] {
        const config::RuleFiles files = config::read_rule_files({test::source_dir() / "rules"});
        std::vector<sigma::SourceFile> texts;
        std::vector<sigma::SourceFile> sources;
        for (const config::TextFile& file : files.rules) texts.push_back({file.path, file.text});
        for (const config::TextFile& file : files.logsources)
            sources.push_back({file.path, file.text});
        return sigma::load_rules(texts, sources).rules;
    }();
    return rules;
}

struct EventLines final : EventSink {
    void on_event(const Event& event) override {
        append_eve_json(text, event);
        text += '\n';
    }
    std::string text;
};

struct Outcome final : incident::RecordSink {
    void on_record(incident::RecordDraft draft) override {
        rows.add(draft);
        drafts.push_back(std::move(draft));
    }
    /// Titles of the rules that made incidents.
    [[nodiscard]] std::set<std::string> titles() const {
        std::set<std::string> out;
        for (const auto& entry : rows.rows()) out.insert(entry.second.rule_title);
        return out;
    }
    IncidentRows rows;
    std::vector<incident::RecordDraft> drafts;
    EventLines events;
    ReplayTotals totals;
    std::vector<ReplayProblem> problems;
    std::vector<std::string> warnings;
};

Outcome replay(const ReplayInput& input, const std::string& assets = "") {
    Outcome out;
    test::FixedRandom random;
    const incident::AssetInventory inventory = config::parse_assets("assets.yml", assets);
    ReplayRun run(input, {.rules = our_rules(),
                          .inventory = inventory,
                          .random = random,
                          .records = out,
                          .events = &out.events});
    run.run([] { return true; });
    out.totals = run.totals();
    out.problems = run.problems();
    out.warnings = run.warnings();
    return out;
}

ReplayInput samples() {
    const std::string folder = (test::source_dir() / "tools/samples").string() + "/";
    ReplayInput input;
    input.captures = {folder + "province.pcap"};
    input.logs = {{"web_access", folder + "access.log"},
                  {"auto", folder + "auth.log"},
                  {"auto", folder + "audit.log"},
                  {"auto", folder + "routeros.log"},
                  {"json", folder + "app.jsonl"}};
    return input;
}

const Outcome& sample_outcome() {
    static const Outcome outcome =
        replay(samples(), test::read_file(test::source_dir() / "tools/samples/assets.yml"));
    return outcome;
}

TEST(Samples, TheirAttacksBecomeIncidents) {
    EXPECT_THAT(
        sample_outcome().titles(),
        IsSupersetOf({"SSH brute force", "SSH login succeeded after brute force",
                      "Page of a government site has gambling content",
                      "PHP script uploaded through a web form", "SQL injection attempt",
                      "DNS query for a mining pool", "Brute force against a MikroTik router"}));
}

TEST(Samples, OrdinaryTrafficDoesNot) {
    // the stories of tools/samples/README.md leave some thirty incidents, not hundreds
    EXPECT_LT(sample_outcome().rows.rows().size(), 60U);
    for (const auto& entry : sample_outcome().rows.rows())
        EXPECT_NE(entry.second.severity, "informational");
}

TEST(Samples, IncidentsKnowTheirAgency) {
    std::size_t registered = 0;
    for (const auto& entry : sample_outcome().rows.rows())
        registered += entry.second.has_agency ? 1 : 0;
    EXPECT_GT(registered, 0U);
}

TEST(Samples, NothingIsLost) {
    const ReplayTotals& totals = sample_outcome().totals;
    EXPECT_EQ(totals.gaps, 0U);
    EXPECT_EQ(totals.captures, 1U);
    EXPECT_EQ(totals.log_files, 5U);
    EXPECT_GT(totals.coverage.packets_received, 1000U);
    EXPECT_TRUE(sample_outcome().problems.empty());
}

TEST(Samples, RecordsNameNobody) {
    static const std::set<std::string> personal = {
        "src_ip",  "dest_ip",    "user.name", "host",        "http.hostname", "http.url",
        "tls.sni", "dns.rrname", "log.raw",   "log.message", "sudo.command",  "log.source"};
    std::size_t checked = 0;
    for (const incident::RecordDraft& draft : sample_outcome().drafts) {
        std::set<std::string> paths;
        for (const incident::Disclosure& value : draft.disclosures) {
            EXPECT_TRUE(paths.insert(value.path).second) << "path twice: " << value.path;
            EXPECT_EQ(value.commitment,
                      incident::commitment_of(value.path, value.salt, value.value));
        }
        // the tests of "why" are the rule's own words, which may be what the event had
        const std::string before_why = draft.members.substr(0, draft.members.find("\"why\":["));
        for (const std::string& name : personal) {
            const std::size_t at = draft.members.find("{\"field\":\"" + name + "\",\"p\":\"");
            if (at == std::string::npos) continue;
            const std::size_t begin = draft.members.find("\"p\":\"", at) + 5;
            const std::string path =
                draft.members.substr(begin, draft.members.find('"', begin) - begin);
            for (const incident::Disclosure& value : draft.disclosures) {
                if (value.path != path || value.value.size() < 6) continue;
                EXPECT_THAT(before_why, Not(HasSubstr(value.value))) << name;
                ++checked;
            }
        }
    }
    EXPECT_GT(checked, 20U);
}

TEST(Determinism, TheSameSamplesGiveTheSameBytes) {
    const Outcome again =
        replay(samples(), test::read_file(test::source_dir() / "tools/samples/assets.yml"));
    EXPECT_EQ(again.events.text, sample_outcome().events.text);
    ASSERT_EQ(again.drafts.size(), sample_outcome().drafts.size());
    for (std::size_t i = 0; i < again.drafts.size(); ++i) {
        EXPECT_EQ(again.drafts[i].members, sample_outcome().drafts[i].members);
        ASSERT_EQ(again.drafts[i].evidence.size(), sample_outcome().drafts[i].evidence.size());
        for (std::size_t n = 0; n < again.drafts[i].evidence.size(); ++n)
            EXPECT_EQ(again.drafts[i].evidence[n].bytes,
                      sample_outcome().drafts[i].evidence[n].bytes);
    }
}

TEST(Order, OfLogFilesOnTheCommandLineChangesNoIncident) {
    ReplayInput turned = samples();
    std::reverse(turned.logs.begin(), turned.logs.end());
    const Outcome other =
        replay(turned, test::read_file(test::source_dir() / "tools/samples/assets.yml"));
    const auto summary = [](const Outcome& outcome) {
        std::multiset<std::string> lines;
        for (const auto& entry : outcome.rows.rows()) {
            const IncidentRow& row = entry.second;
            lines.insert(row.rule_id + " " + row.occurred_at + " " + std::to_string(row.count));
        }
        return lines;
    };
    EXPECT_EQ(summary(other), summary(sample_outcome()));
}

TEST(Losses, ATruncatedCaptureLeavesAGap) {
    const test::TempDir folder;
    const std::string whole = test::read_file(test::source_dir() / "tools/samples/province.pcap");
    ReplayInput input;
    input.captures = {folder.write("cut.pcap", whole.substr(0, whole.size() / 2 + 7)).string()};
    const Outcome outcome = replay(input);
    EXPECT_EQ(outcome.totals.gaps, 1U);
    ASSERT_FALSE(outcome.drafts.empty());
    const auto gap = std::find_if(outcome.drafts.begin(), outcome.drafts.end(),
                                  [](const auto& draft) { return draft.kind == "gap"; });
    ASSERT_NE(gap, outcome.drafts.end());
    EXPECT_THAT(gap->members, HasSubstr("\"what\":\"capture\""));
    EXPECT_THAT(gap->members, Not(HasSubstr("cut.pcap")));
    ASSERT_EQ(gap->evidence.size(), 1U);
    EXPECT_THAT(gap->evidence[0].bytes, HasSubstr("cut.pcap"));
    EXPECT_GT(outcome.totals.coverage.packets_received, 500U);
    ASSERT_EQ(outcome.warnings.size(), 1U);
    EXPECT_THAT(outcome.warnings[0], HasSubstr("cut.pcap"));
}

TEST(Losses, WhatIsNoCaptureDoesNotStopTheOthers) {
    const test::TempDir folder;
    ReplayInput input;
    input.captures = {folder.write("note.pcap", "this is no capture").string(),
                      (folder.path() / "absent.pcap").string(),
                      (test::source_dir() / "tools/samples/province.pcap").string()};
    const Outcome outcome = replay(input);
    ASSERT_EQ(outcome.problems.size(), 2U);
    EXPECT_EQ(outcome.problems[0].kind, sources::SourceError::Kind::unsupported);
    EXPECT_EQ(outcome.problems[1].kind, sources::SourceError::Kind::not_found);
    EXPECT_EQ(outcome.totals.captures, 1U);
    EXPECT_EQ(outcome.totals.gaps, 2U);
    EXPECT_TRUE(outcome.warnings.empty());
}

TEST(Ledger, HoldsEveryRecordAndOpensEveryValue) {
    const test::TempDir folder;
    ledger::SystemClock clock;
    test::FixedRandom random;
    ledger::OpenLedger open = ledger::open_ledger_dir(folder.path() / "ledger", clock, random,
                                                      {.origin = "localhost/00/test"});
    for (const incident::RecordDraft& draft : sample_outcome().drafts) {
        const auto written = open.writer->append(std::span(&draft, 1));
        ASSERT_TRUE(written) << written.error().text << draft.members;
    }
    ASSERT_TRUE(open.writer->close("test"));
    const auto reader = ledger::LedgerReader::open(folder.path() / "ledger");
    ASSERT_EQ(reader->size(), sample_outcome().drafts.size() + 2);  // genesis, close
    for (std::size_t i = 0; i < sample_outcome().drafts.size(); ++i) {
        const incident::RecordDraft& draft = sample_outcome().drafts[i];
        std::uint64_t mismatched = 0;
        const auto opened = reader->disclosures(i + 1, &mismatched);
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->size(), draft.disclosures.size());
        EXPECT_EQ(mismatched, 0U);
        for (const incident::EvidenceBlob& blob : draft.evidence) {
            const auto evidence = reader->evidence(blob.sha256);
            ASSERT_TRUE(evidence);
            EXPECT_EQ(*evidence, blob.bytes);
        }
    }
}

}  // namespace
}  // namespace persandian::cli
