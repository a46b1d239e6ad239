// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/record_keeper.h"

#include <gtest/gtest.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/system_clock.h"
#include "detectors/engine/quiet.h"
#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

constexpr Timestamp begin = Timestamp::from_seconds(1'800'000'000, 0);

class RecordKeeperTest : public testing::Test {
  protected:
    RecordKeeperTest() {
        ledger::WriterOptions options;
        options.origin = "example.go.id/51/s1";
        ledger_ = ledger::open_ledger_dir(folder_.path() / "ledger", clock_, random_, options);
        keeper_ = std::make_unique<RecordKeeper>(
            config_, rules_, assets_, *ledger_.writer, random_, 1,
            [this](const Cursors& cursors) { stored_.push_back(cursors); });
    }

    /// Records of one kind, as signed.
    std::vector<std::string> records(const std::string& kind) {
        std::vector<std::string> out;
        const auto reader = ledger::LedgerReader::open(folder_.path() / "ledger");
        EXPECT_TRUE(
            reader->for_each(0, reader->size(), [&](std::uint64_t, const std::string& text) {
                if (text.find("\"kind\":\"" + kind + "\"") != std::string::npos)
                    out.push_back(text);
                return true;
            }));
        return out;
    }

    static Progress seen(std::uint64_t packets, std::uint64_t dropped, std::uint64_t lost = 0) {
        Progress out;
        out.coverage.packets_received = packets;
        out.coverage.packets_dropped_kernel = dropped;
        out.coverage.lines_lost = lost;
        return out;
    }

    test::TempDir folder_;
    ledger::SystemClock clock_;
    ledger::SystemRandom random_;
    config::Config config_;
    LoadedRules rules_ = compile_rules({}, {});
    incident::AssetInventory assets_;
    std::vector<Cursors> stored_;
    ledger::OpenLedger ledger_;
    std::unique_ptr<RecordKeeper> keeper_;
};

TEST_F(RecordKeeperTest, DropsBecomeAGapOnce) {
    keeper_->on_start({}, true, begin);
    keeper_->on_progress(seen(10, 3), begin + Duration::seconds(1));
    keeper_->on_progress(seen(20, 3), begin + Duration::seconds(2));
    keeper_->on_progress(seen(30, 5), begin + Duration::seconds(3));
    keeper_->commit();
    const auto gaps = records("gap");
    ASSERT_EQ(gaps.size(), 2U);
    EXPECT_NE(gaps[0].find("\"packets\":3"), std::string::npos) << gaps[0];
    EXPECT_NE(gaps[1].find("\"packets\":2"), std::string::npos) << gaps[1];
}

TEST_F(RecordKeeperTest, AnotherInspectorCountsOnAndItsDropsAreNew) {
    keeper_->on_start({}, true, begin);
    keeper_->on_inspector_start();
    keeper_->on_progress(seen(10, 3), begin + Duration::seconds(1));
    keeper_->on_inspector_start();
    EXPECT_EQ(keeper_->coverage().packets_received, 10U);
    keeper_->on_progress(seen(7, 1), begin + Duration::seconds(2));
    EXPECT_EQ(keeper_->coverage().packets_received, 17U);
    EXPECT_EQ(keeper_->coverage().packets_dropped_kernel, 4U);
    keeper_->commit();
    EXPECT_EQ(records("gap").size(), 2U);
}

TEST_F(RecordKeeperTest, LostLinesBecomeAGap) {
    keeper_->on_start({}, true, begin);
    keeper_->on_progress(seen(0, 0, 2), begin + Duration::seconds(1));
    keeper_->on_progress(seen(0, 0, 2), begin + Duration::seconds(2));
    keeper_->commit();
    const auto gaps = records("gap");
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_NE(gaps[0].find("\"what\":\"log\""), std::string::npos) << gaps[0];
}

TEST_F(RecordKeeperTest, CursorsAreStoredAfterTheCommitOnly) {
    keeper_->on_start({}, true, begin);
    keeper_->on_cursor("/var/log/auth.log", {.offset = 5});
    keeper_->on_cursor("/var/log/auth.log", {.offset = 9});
    EXPECT_TRUE(stored_.empty());
    EXPECT_TRUE(keeper_->has_pending());
    keeper_->commit();
    ASSERT_EQ(stored_.size(), 1U);
    EXPECT_EQ(stored_[0].at("/var/log/auth.log").offset, 9U);
    EXPECT_FALSE(keeper_->has_pending());
    keeper_->commit();
    EXPECT_EQ(stored_.size(), 1U);
}

/// The n-th finding of one rule about one address.
Finding attempt(std::int64_t second) {
    Finding out;
    out.rule.id = "rule";
    out.rule.title = "Rule";
    out.rule.level = Level::high;
    out.time = begin + Duration::seconds(second);
    out.event_type = "log";
    out.fields = {{"src_ip", "203.0.113.7"}};
    return out;
}

TEST_F(RecordKeeperTest, CursorsWaitUntilTheCountsOfTheirLinesAreWritten) {
    keeper_->on_start({}, true, begin);
    keeper_->on_time(begin);
    keeper_->on_finding(attempt(0));
    keeper_->on_cursor("/var/log/auth.log", {.offset = 1});
    keeper_->commit();
    ASSERT_EQ(stored_.size(), 1U) << "the first finding is a record of its own";

    for (int second = 1; second < 5; ++second) keeper_->on_finding(attempt(second));
    keeper_->on_cursor("/var/log/auth.log", {.offset = 5});
    keeper_->on_time(begin + Duration::seconds(5));
    EXPECT_FALSE(keeper_->has_pending());
    keeper_->commit();
    EXPECT_EQ(stored_.size(), 1U) << "four lines are counted in memory only";

    keeper_->on_time(begin + Duration::seconds(5) + RecordKeeper::counts_within);
    EXPECT_TRUE(keeper_->has_pending());
    keeper_->commit();
    ASSERT_EQ(stored_.size(), 2U);
    EXPECT_EQ(stored_[1].at("/var/log/auth.log").offset, 5U);
    const auto incidents = records("incident");
    ASSERT_EQ(incidents.size(), 2U);
    EXPECT_NE(incidents[1].find("\"state\":\"open\""), std::string::npos);
    EXPECT_NE(incidents[1].find("\"count\":5,"), std::string::npos) << incidents[1];
}

TEST_F(RecordKeeperTest, CursorsOfLinesWithoutFindingsWaitAsWell) {
    keeper_->on_start({}, true, begin);
    keeper_->on_time(begin);
    for (int second = 0; second < 2; ++second) keeper_->on_finding(attempt(second));
    keeper_->on_cursor("/var/log/auth.log", {.offset = 2});
    keeper_->on_cursor("/var/log/other.log", {.offset = 7});
    keeper_->commit();
    EXPECT_TRUE(stored_.empty());
    keeper_->close("stopped");
    ASSERT_EQ(stored_.size(), 1U) << "closing writes all counts";
    EXPECT_EQ(stored_[0].size(), 2U);
}

TEST_F(RecordKeeperTest, WhereALogBeginsWaitsForNoCount) {
    keeper_->on_start({}, true, begin);
    for (int second = 0; second < 2; ++second) keeper_->on_finding(attempt(second));
    keeper_->on_cursor("/var/log/auth.log", {.offset = 2});
    keeper_->on_first_cursor("/var/log/new.log", {.offset = 77});
    EXPECT_TRUE(keeper_->has_pending());
    keeper_->commit();
    ASSERT_EQ(stored_.size(), 1U);
    ASSERT_EQ(stored_[0].size(), 1U);
    EXPECT_EQ(stored_[0].at("/var/log/new.log").offset, 77U);
}

TEST_F(RecordKeeperTest, ACountThatIsWrittenAnywayLetsTheCursorGo) {
    keeper_->on_start({}, true, begin);
    for (int second = 0; second < 10; ++second) keeper_->on_finding(attempt(second));
    keeper_->on_cursor("/var/log/auth.log", {.offset = 10});
    keeper_->commit();
    EXPECT_EQ(stored_.size(), 1U) << "the tenth wrote a record";
}

TEST_F(RecordKeeperTest, ACrashBeforeIsSaid) {
    keeper_->on_start(begin, false, begin + Duration::minutes(5));
    keeper_->commit();
    EXPECT_NE(records("gap").at(0).find("may stand in two incidents"), std::string::npos);
}

TEST_F(RecordKeeperTest, HeartbeatsComeInTimeAndSurviveAClockThatGoesBack) {
    keeper_->on_start({}, true, begin);
    keeper_->on_time(begin + Duration::seconds(9));
    EXPECT_EQ(records("heartbeat").size(), 0U);
    keeper_->on_time(begin + Duration::seconds(10));
    keeper_->commit();
    EXPECT_EQ(records("heartbeat").size(), 1U);
    keeper_->on_time(begin + Duration{-3'600'000'000'000});
    keeper_->commit();
    EXPECT_EQ(records("heartbeat").size(), 2U);
}

TEST_F(RecordKeeperTest, TheEndTellsAllThatWasRead) {
    keeper_->on_start({}, true, begin);
    keeper_->on_progress(seen(7, 0), begin + Duration::seconds(1));
    keeper_->close("stopped");
    const auto beats = records("heartbeat");
    ASSERT_EQ(beats.size(), 1U) << "no second of the run may be without its counters";
    EXPECT_NE(beats[0].find("\"packets_received\":7"), std::string::npos) << beats[0];
}

TEST_F(RecordKeeperTest, TheTimeTheDaemonWasAwayIsTheFirstGap) {
    keeper_->on_start(begin, true, begin + Duration::minutes(5));
    keeper_->close("stopped");
    const auto gaps = records("gap");
    ASSERT_EQ(gaps.size(), 1U);
    EXPECT_NE(gaps[0].find("\"what\":\"writer\""), std::string::npos) << gaps[0];
    EXPECT_EQ(records("close").size(), 1U);
}

/// Rules of which one is suppressed altogether.
LoadedRules quiet_rules(const std::string& reason) {
    config::RuleFiles files;
    files.rules = {{"rule.yml",
                    "title: Upload\nid: 11111111-1111-4111-8111-111111111111\nname: upload\n"
                    "logsource: {product: test}\ndetection: {a: {b: c}, condition: a}\n"}};
    LoadedRules out = compile_rules(std::move(files), {});
    const std::vector<suppression::SourceFile> quiet = {
        {"quiet.yml", "suppressions:\n  - {rule: upload, reason: " + reason +
                          ", author: a, from: 2027-01-01, until: 2027-01-31}\n"}};
    const suppression::PlanResult result = engine::plan_suppressions(quiet, 0, *out.rules);
    for (const suppression::Problem& problem : result.problems)
        ADD_FAILURE() << problem.to_string();
    out.suppressions = result.plan;
    return out;
}

Finding upload() {
    Finding out;
    out.rule.id = "11111111-1111-4111-8111-111111111111";
    out.time = begin;
    return out;
}

TEST_F(RecordKeeperTest, SuppressionsAndWhatTheyHidAreInTheConfigRecord) {
    keeper_->on_start({}, true, begin);
    keeper_->on_rules(quiet_rules("first"), config_);
    keeper_->on_finding(upload());
    keeper_->on_finding(upload());
    EXPECT_EQ(keeper_->coverage().suppressed, 2U);
    keeper_->on_rules(quiet_rules("second"), config_);
    keeper_->on_finding(upload());
    EXPECT_EQ(keeper_->coverage().suppressed, 3U);
    keeper_->close("stopped");
    EXPECT_TRUE(records("incident").empty());
    const auto configs = records("config");
    ASSERT_EQ(configs.size(), 5U);
    const std::vector<const char*> told = {"\"suppressions\":[]", "\"hidden\":0",
                                           "\"hidden\":2,\"last\":\"2027-01-15T08:00:00",
                                           "\"hidden\":0", "\"hidden\":1,"};
    for (std::size_t i = 0; i < told.size(); ++i)
        EXPECT_NE(configs[i].find(told[i]), std::string::npos) << configs[i];
}

TEST_F(RecordKeeperTest, WhatWasHiddenIsToldEachHourWhenThereIsMore) {
    keeper_->on_start({}, true, begin);
    keeper_->on_rules(quiet_rules("r"), config_);
    keeper_->on_finding(upload());
    keeper_->on_time(begin + Duration::minutes(59));
    keeper_->commit();
    EXPECT_EQ(records("config").size(), 2U);
    keeper_->on_time(begin + Duration::minutes(60));
    keeper_->on_time(begin + Duration::minutes(121));
    keeper_->commit();
    EXPECT_EQ(records("config").size(), 3U);
    keeper_->close("stopped");
    EXPECT_EQ(records("config").size(), 3U);
}

}  // namespace
}  // namespace persandian::runtime
