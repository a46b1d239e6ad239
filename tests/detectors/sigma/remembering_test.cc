// SPDX-License-Identifier: Apache-2.0
//
// What a matcher remembers of earlier events (shapes, log sources, candidates of values) must never
// show: it finds in every event what a matcher finds that has seen nothing else.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/sigma/candidate_finder.h"
#include "detectors/sigma/event_shape.h"
#include "detectors/sigma/source_finder.h"
#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

std::vector<std::string> ids_of(Matcher& matcher, const std::string& event_text) {
    Event event;
    fill_event(event, event_text);
    Findings findings;
    matcher.match(event, findings);
    std::vector<std::string> out;
    for (const Finding& finding : findings.all) out.push_back(finding.rule.id);
    return out;
}

std::string rule(int number, const std::string& source, const std::string& detection) {
    return "title: t\nid: 11111111-1111-4111-8111-" + std::to_string(100000000000 + number) +
           "\nlogsource: {" + source + "}\ndetection:\n" + detection;
}

std::vector<std::string> rules() {
    return {rule(1, "category: web", "  s: {a: one}\n  condition: s\n"),
            rule(2, "category: web", "  s: {a|contains: wo}\n  condition: s\n"),
            rule(3, "category: mail", "  s: {b|endswith: ree}\n  condition: s\n"),
            rule(4, "category: mail", "  s: {a|startswith: o, b: null}\n  condition: s\n"),
            rule(5, "product: all", "  s: [three, two one]\n  condition: s\n"),
            rule(6, "category: web", "  s: {b: ''}\n  condition: s\n"),
            rule(7, "category: mail", "  s: {a|exists: false}\n  condition: s\n"),
            rule(8, "category: web", "  s: {a|gte: 2}\n  condition: s\n")};
}

constexpr const char* sources =
    "logsources:\n"
    "  - {category: web, when: {k: [w, both]}}\n"
    "  - {category: mail, when: {k: [m, both]}}\n"
    "  - {product: all, when: {k: '*'}}\n";

TEST(Remembering, AMatcherFindsWhatANewOneFinds) {
    const LoadResult loaded = load(rules(), {}, {sources});
    ASSERT_TRUE(loaded.refused.empty()) << loaded.refused.front().reason;
    const auto old = make_matcher(loaded.rules);
    const std::vector<std::string> kinds = {"k: w", "k: m", "k: both", "k: other", "k: null", ""};
    const std::vector<std::string> values = {"one",  "two",    "three", "ONE",      "2",
                                             "null", "'null'", "''",    "[one, 3]", "[null, two]"};
    std::mt19937 random(20);
    const auto any = [&](const std::vector<std::string>& of) { return of[random() % of.size()]; };
    std::size_t findings = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string event = any(kinds);
        for (const char* const name : {"a", "b", "c"})
            if (random() % 3 != 0)
                event += (event.empty() ? "" : ", ") + std::string(name) + ": " + any(values);
        event = "{" + event + "}";
        const std::vector<std::string> expected = ids_of(*make_matcher(loaded.rules), event);
        ASSERT_EQ(ids_of(*old, event), expected) << event;
        findings += expected.size();
    }
    EXPECT_GT(findings, 1000U);
}

TEST(Remembering, MoreThanIsKeptOfEachIsForgottenNotConfused) {
    const LoadResult loaded = load(rules(), {}, {sources});
    const auto matcher = make_matcher(loaded.rules);
    const std::size_t many =
        2 * std::max({ShapeTable::max_shapes, CandidateFinder::max_plans, SourceFinder::max_plans});
    for (std::size_t i = 0; i < many; ++i) {
        const std::string n = std::to_string(i);
        EXPECT_EQ(ids_of(*matcher, "{k: w, n" + n + ": x, a: two}").size(), 1U) << n;
        EXPECT_EQ(ids_of(*matcher, "{k: m, n" + n + ": x, a: two}").size(), 0U) << n;
    }
}

TEST(Remembering, MoreSetsOfLogSourcesThanAreKept) {
    // Nine sources that each follow a field of their own: 512 sets of them.
    std::string definitions = "logsources:\n";
    std::vector<std::string> texts;
    for (int i = 0; i < 9; ++i) {
        const std::string name = "s" + std::to_string(i);
        definitions += "  - {category: " + name + ", when: {" + name + ": y}}\n";
        texts.push_back(rule(i, "category: " + name, "  s: {a: one}\n  condition: s\n"));
    }
    const LoadResult loaded = load(texts, {}, {definitions});
    ASSERT_TRUE(loaded.refused.empty());
    const auto matcher = make_matcher(loaded.rules);
    ASSERT_GT(512U, CandidateFinder::max_groups);
    for (int round = 0; round < 2; ++round) {
        for (unsigned set = 0; set < 512; ++set) {
            std::string event = "{a: one";
            std::size_t expected = 0;
            for (unsigned i = 0; i < 9; ++i) {
                const bool member = ((set >> i) & 1U) != 0;
                event += ", s" + std::to_string(i) + (member ? ": y" : ": n");
                expected += member ? 1 : 0;
            }
            ASSERT_EQ(ids_of(*matcher, event + "}").size(), expected) << event;
        }
    }
}

}  // namespace
}  // namespace persandian::sigma::test
