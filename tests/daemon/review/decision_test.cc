// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/decision.h"

#include <gtest/gtest.h>

#include "tests/daemon/review/review_ledger.h"

namespace persandian::review {
namespace {

incident::RecordDraft decided(ReviewLedger& ledger, const Decision& decision) {
    Result<incident::RecordDraft> draft =
        make_decision(ledger.index(), decision, *ledger.officer, ledger.random());
    EXPECT_TRUE(draft) << (draft ? "" : draft.error().text);
    return draft ? std::move(*draft) : incident::RecordDraft{};
}

std::string refusal(ReviewLedger& ledger, const Decision& decision) {
    const Result<incident::RecordDraft> draft =
        make_decision(ledger.index(), decision, *ledger.officer, ledger.random());
    return draft ? std::string("accepted") : std::string(draft.error().text);
}

TEST(Decision, LifeOfAnIncidentIsWrittenAsRecords) {
    ReviewLedger ledger;
    const Decision steps[] = {{"1", "acknowledge", "", "", ""},
                              {"1", "assign", "", "agen siber", "tolong diperiksa"},
                              {"1", "comment", "", "", "halaman sudah disimpan"},
                              {"1", "close", "true_positive", "", "dibersihkan"},
                              {"1", "reopen", "", "", "muncul lagi"}};
    const std::string statuses[] = {"in_progress", "in_progress", "in_progress", "closed",
                                    "in_progress"};
    for (std::size_t i = 0; i < std::size(steps); ++i) {
        const incident::RecordDraft draft = decided(ledger, steps[i]);
        ASSERT_TRUE(check_decision(ledger.index(), draft)) << steps[i].action;
        ledger.append(draft);
        EXPECT_EQ(ledger.index().find("1")->status, statuses[i]) << steps[i].action;
    }
    const IncidentIndex index = ledger.index();
    const IncidentView& incident = *index.find("1");
    EXPECT_EQ(incident.history.back().action, "reopen");
    EXPECT_EQ(incident.history.back().officer, "Petugas piket");
    EXPECT_EQ(incident.assignee, "agen siber");
    EXPECT_TRUE(incident.verdict.empty()) << "a reopened incident has no verdict";
}

TEST(Decision, WhatNamesPeopleIsNotInTheRecord) {
    ReviewLedger ledger;
    const incident::RecordDraft draft =
        decided(ledger, {"1", "assign", "", "agen siber", "tolong diperiksa"});
    for (const std::string_view secret : {"Petugas", "agen siber", "tolong"})
        EXPECT_EQ(draft.members.find(secret), std::string::npos) << secret;
    EXPECT_EQ(draft.disclosures.size(), 3U);
}

TEST(Decision, ImpossibleOnesAreRefusedWithTheReason) {
    ReviewLedger ledger;
    EXPECT_EQ(refusal(ledger, {"9", "acknowledge", "", "", ""}), "there is no such incident");
    EXPECT_NE(refusal(ledger, {"1", "close", "", "", "x"}).find("verdict"), std::string::npos);
    EXPECT_NE(refusal(ledger, {"1", "close", "benign", "", ""}).find("reason"), std::string::npos);
    EXPECT_NE(refusal(ledger, {"1", "reopen", "", "", "x"}).find("only a closed"),
              std::string::npos);
    EXPECT_NE(refusal(ledger, {"1", "erase", "", "", "x"}).find("unknown"), std::string::npos);
    ledger.append(decided(ledger, {"1", "close", "benign", "", "fine"}));
    EXPECT_NE(refusal(ledger, {"1", "acknowledge", "", "", ""}).find("reopen it first"),
              std::string::npos);
}

TEST(Decision, UnknownAndRevokedOfficersAreRefused) {
    ReviewLedger ledger;
    const std::unique_ptr<ledger::MemorySigner> stranger =
        ledger::MemorySigner::generate(ledger.random());
    const Decision decision{"1", "acknowledge", "", "", ""};
    EXPECT_FALSE(make_decision(ledger.index(), decision, *stranger, ledger.random()));
    const incident::RecordDraft before = decided(ledger, decision);
    ledger.append(
        officer_record("revoke", ledger.officer->public_key(), "Petugas piket", ledger.random()));
    EXPECT_FALSE(make_decision(ledger.index(), decision, *ledger.officer, ledger.random()));
    EXPECT_FALSE(check_decision(ledger.index(), before))
        << "signed before, submitted after the revocation";
}

TEST(Officer, RecordsFromOutsideAreCheckedToTheByte) {
    ReviewLedger ledger;
    const std::unique_ptr<ledger::MemorySigner> other =
        ledger::MemorySigner::generate(ledger.random());
    const IncidentIndex index = ledger.index();
    const incident::RecordDraft good =
        officer_record("add", other->public_key(), "Analis", ledger.random());
    EXPECT_TRUE(check_officer_record(index, good));
    EXPECT_FALSE(check_officer_record(
        index, officer_record("add", ledger.officer->public_key(), "x", ledger.random())))
        << "known already";
    EXPECT_FALSE(check_officer_record(
        index, officer_record("revoke", other->public_key(), "x", ledger.random())))
        << "not known";
    for (std::size_t i = 0; i < good.members.size(); ++i) {
        incident::RecordDraft bad = good;
        bad.members[i] = static_cast<char>(bad.members[i] ^ 1);
        EXPECT_FALSE(check_officer_record(index, bad)) << "byte " << i;
    }
}

TEST(Decision, AnyChangedByteOfADecisionIsRefused) {
    ReviewLedger ledger;
    const incident::RecordDraft good = decided(ledger, {"1", "close", "benign", "", "fine"});
    const IncidentIndex index = ledger.index();
    ASSERT_TRUE(check_decision(index, good));
    for (std::size_t i = 0; i < good.members.size(); ++i) {
        incident::RecordDraft bad = good;
        bad.members[i] = static_cast<char>(bad.members[i] ^ 1);
        EXPECT_FALSE(check_decision(index, bad))
            << "byte " << i << ": " << good.members.substr(0, i + 1);
    }
}

}  // namespace
}  // namespace persandian::review
