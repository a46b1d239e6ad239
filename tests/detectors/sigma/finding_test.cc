// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(SigmaFinding, SaysWhichConditionsHeldAndWithWhichValues) {
    const std::vector<Finding> found =
        run("  selection:\n    cmd|contains: [foo, BAR]\n    n|gt: 5\n  filter:\n    x: 1\n"
            "  condition: selection and not filter\n",
            "{cmd: 'a bar b', n: 7, list: [p, q]}");
    ASSERT_EQ(found.size(), 1U);
    const Finding& finding = found[0];
    EXPECT_EQ(finding.rule.title, "t");
    EXPECT_EQ(finding.rule.id, "11111111-1111-4111-8111-111111111111");
    EXPECT_EQ(finding.event_type, "log");
    EXPECT_EQ(finding.time, Timestamp::from_seconds(1'700'000'000));
    EXPECT_EQ(finding.value_of("cmd"), "a bar b");
    EXPECT_EQ(finding.value_of("n"), "7");
    ASSERT_EQ(finding.conditions.size(), 2U);
    std::vector<std::string> words;
    for (const MatchedCondition& condition : finding.conditions) {
        EXPECT_EQ(condition.selection, "selection");
        words.push_back(condition.field + " " + condition.test + ": " + condition.value);
    }
    EXPECT_THAT(
        words, testing::UnorderedElementsAre("cmd contains 'BAR': a bar b", "n is more than 5: 7"));
}

TEST(SigmaFinding, KeepsTheRawLineAsEvidence) {
    const LoadResult loaded = load({rule_text("  s: {a: 1}\n  condition: s\n")}, {},
                                   {"logsources:\n  - {product: test, when: {a: '*'}}\n"});
    Event event;
    fill_event(event, "{a: 1}");
    const std::string raw = "a=1";
    event.set_origin({.kind = Origin::Kind::log_line,
                      .bytes = as_bytes(raw),
                      .time = Timestamp::from_seconds(5),
                      .source_name = "app.log",
                      .number = 12});
    Findings findings;
    make_matcher(loaded.rules)->match(event, findings);
    ASSERT_EQ(findings.all.at(0).evidence.size(), 1U);
    const Evidence& evidence = findings.all[0].evidence[0];
    EXPECT_EQ(evidence.bytes, "a=1");
    EXPECT_EQ(evidence.source_name, "app.log");
    EXPECT_EQ(evidence.number, 12U);

    Findings bare;
    make_matcher(loaded.rules, {.with_details = false})->match(event, bare);
    EXPECT_TRUE(bare.all.at(0).evidence.empty());
    EXPECT_TRUE(bare.all.at(0).fields.empty());
}

TEST(SigmaFinding, ValuesAndFieldsAreCapped) {
    std::string event = "{a: 1, long: '" + std::string(5000, 'x') + "'";
    for (int i = 0; i < 200; ++i) event += ", f" + std::to_string(i) + ": 1";
    const std::vector<Finding> found = run("  s: {a: 1}\n  condition: s\n", event + "}");
    EXPECT_EQ(found.at(0).fields.size(), Finding::max_fields);
    EXPECT_EQ(found[0].value_of("long").size(), Finding::max_value_bytes);
}

}  // namespace
}  // namespace persandian::sigma::test
