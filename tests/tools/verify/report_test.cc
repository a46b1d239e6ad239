// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/report.h"

#include <gtest/gtest.h>

#include "tools/verify/json.h"

namespace persandian::verify {
namespace {

Report sound() {
    Report report;
    report.key_trusted = true;
    report.generations.push_back(
        {.generation = "00000001", .size = 3, .signature_good = true, .root_checked = true});
    return report;
}

TEST(Verdicts, NothingIsValidThatWasNotCheckedWhole) {
    EXPECT_EQ(Report().verdict(), Verdict::unverifiable);
    EXPECT_EQ(sound().verdict(), Verdict::valid_not_witnessed);
    Report report = sound();
    report.generations[0].root_checked = false;
    EXPECT_EQ(report.verdict(), Verdict::unverifiable);
    report = sound();
    report.generations[0].signature_good = false;
    EXPECT_EQ(report.verdict(), Verdict::unverifiable);
    report = sound();
    report.key_trusted = false;
    EXPECT_EQ(report.verdict(), Verdict::unverifiable);
    report = sound();
    report.witnessed = true;
    EXPECT_EQ(report.verdict(), Verdict::valid);
}

TEST(Verdicts, TheWorstFindingDecides) {
    Report report = sound();
    report.add({.weight = Weight::note, .message = Message::gap_record});
    EXPECT_EQ(report.exit_code(), 0);
    report.add({.weight = Weight::gap, .message = Message::generation_lost});
    EXPECT_EQ(report.verdict(), Verdict::gap);
    EXPECT_EQ(report.exit_code(), 2);
    report.add({.weight = Weight::unchecked, .message = Message::unsigned_tail});
    EXPECT_EQ(report.verdict(), Verdict::unverifiable);
    EXPECT_EQ(report.exit_code(), 2);
    report.add({.weight = Weight::tampered, .message = Message::evidence_altered});
    EXPECT_EQ(report.verdict(), Verdict::tampered);
    EXPECT_EQ(report.exit_code(), 1);
}

TEST(Verdicts, ManyFindingsOfAKindAreCounted) {
    Report report = sound();
    for (std::uint64_t i = 0; i < 100; ++i)
        report.add({.weight = Weight::tampered, .message = Message::record_rule, .index = 99 - i});
    EXPECT_EQ(report.findings().size(), Report::max_per_message + 1);
    EXPECT_EQ(report.findings().back().arguments[0], "88");
}

TEST(Verdicts, FirstBadIsTheSmallestExactIndex) {
    Report report = sound();
    report.add({.weight = Weight::tampered, .message = Message::root_differs, .index = 0});
    EXPECT_EQ(*report.first_bad()->index, 0U);
    report.add({.weight = Weight::tampered, .message = Message::record_rule, .index = 9});
    report.add({.weight = Weight::tampered, .message = Message::record_altered, .index = 7});
    EXPECT_EQ(*report.first_bad()->index, 7U);
    EXPECT_NE(report.verdict_line(Language::english).find("7"), std::string::npos);
}

TEST(Rendering, JsonIsOneStrictObjectAndTextIsSafe) {
    Report report = sound();
    report.subject = "/tmp/\x1b[31mred\n";
    report.add({.weight = Weight::tampered,
                .message = Message::record_rule,
                .where = "a\"b",
                .index = 1,
                .arguments = {"x"}});
    const std::string json = report.json();
    JsonDocument document;
    EXPECT_EQ(document.parse(std::string_view(json).substr(0, json.size() - 1)), nullptr) << json;
    EXPECT_EQ(document.string(0, "verdict"), "TAMPERED");
    for (const Language language : {Language::english, Language::indonesian})
        EXPECT_EQ(report.text(language, false).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace persandian::verify
