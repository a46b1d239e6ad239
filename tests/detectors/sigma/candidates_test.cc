// SPDX-License-Identifier: Apache-2.0
//
// The index must never lose a rule that holds, whatever clue notices it; and it must leave out
// rules that cannot hold, or it is of no use.
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

struct Case {
    std::string item;
    std::string value;  ///< of the field a
    bool holds;
};

LoadResult load_needle_rule() {
    LoadOptions options;
    options.forced_logsource = LogSource{.product = "test"};
    return load({rule_text("  s: {a|contains: needle, b: x}\n  condition: s\n")}, options);
}

std::string event_of(const std::string& value) {
    return "{a: '" + value + "', b: other}";
}

TEST(Candidates, EveryKindOfClueNoticesWhatHolds) {
    const std::vector<Case> cases = {
        {"a: Exact", "eXACT", true},
        {"a: ''", "", true},
        {"a|endswith: '\\cmd.exe'", "C:\\Windows\\System32\\CMD.exe", true},
        {"a|endswith: '\\cmd.exe'", "C:\\cmd.exe.bak", false},
        {"a|endswith: '\\System32\\cmd.exe'", "C:\\Windows\\System32\\cmd.exe", true},
        {"a|endswith: '\\System32\\cmd.exe'", "C:\\Temp\\cmd.exe", false},
        {"a|endswith: '/x'", "/usr/bin/x", true},
        {"a|endswith: '\\'", "C:\\dir\\", true},
        {"a|endswith: .ps1", "run.PS1", true},
        {"a|endswith: s1", "s1", true},
        {"a|endswith: longer than eight", "it is longer than eight", true},
        {"a|endswith: longer than eight", "longer than eighty", false},
        {"a|endswith: of more than thirty-two bytes, all told",
         "x of more than thirty-two bytes, all told", true},
        {"a|endswith: of more than thirty-two bytes, all told",
         "no, more than thirty-two bytes, all told", false},
        {"a|startswith: 'C:\\Windows\\assembly'", "c:\\windows\\ASSEMBLY\\x.dll", true},
        {"a|startswith: 'C:\\Windows\\assembly'", "c:\\windows\\other", false},
        {"a|startswith: ab", "ABC", true},
        {"a|startswith: abc", "ab", false},
        {"a|contains: needle", "hay NEEDLE hay", true},
        {"a: 'begin*middle*end'", "begins in the middle of the end", true},
        {"a: '*middle*end'", "in the middle of the end", true},
        {"a: 'begin*middle*'", "begins in the middle", true},
        {"a: 'b?gin'", "began", false},
        {"a: 'b?gin'", "bigin", true},
        {"a|re: 'gr(a|e)y [0-9]+'", "the gray 12", true},
        {"a|re: '[0-9]{3}'", "x123", true},
        {"a|cidr: 192.0.2.0/24", "192.0.2.77", true},
        {"a|cidr: 192.0.2.7/32", "192.0.2.7", true},
        {"a|cidr: 192.0.2.7/32", "192.0.2.8", false},
        {"a|cidr: 192.0.2.0/25", "::ffff:192.0.2.9", true},
        {"a|cidr: 10.0.0.0/9", "10.127.0.1", true},
        {"a|cidr: 10.0.0.0/9", "10.128.0.1", false},
        {"a|cidr: 0.0.0.0/0", "10.128.0.1", true},
        {"a|cidr: '2001:db8::/33'", "2001:0DB8:0:0::1", true},
        {"a|cidr: '2001:db8::/33'", "2001:db8:8000::1", false},
        {"a|cidr: '::/0'", "2001:db8::1", true},
        {"a|sequence: [{text: Needle}]", "hay needle", true},
        {"a|sequence: [{re: 'b.gin'}, {text: x, not: true}]", "begin", true},
        {"a|sequence: [{text: x, not: true}]", "begin", true},
        {"a|sequence: [{remaining: {eq: 0}}]", "", true},
        {"a|sequence: [{hex: 'c3 89'}]", "\u00c9T\u00c9", true},
        {"a|sequence: [{hex: 'c3 89 54'}]", "x\u00c9Ty", true},
        {"a|gt: 5", "6", true},
        {"a|exists: true", "x", true},
        {"a: null", "x", false},
    };
    for (const Case& c : cases)
        EXPECT_EQ(holds(c.item, event_of(c.value)), c.holds) << c.item << " on " << c.value;
}

TEST(Candidates, TextsThatFoldToAnotherLengthAreNoticed) {
    // U+212A (Kelvin sign, three bytes) folds to k.
    EXPECT_TRUE(holds("a|contains: kelvin", "{a: 'one \u212Aelvin'}"));
    EXPECT_TRUE(holds("a|endswith: ok", "{a: 'o\u212A'}"));
    EXPECT_TRUE(fires("  s: [kelvin]\n  condition: s\n", "{a: 'one \u212Aelvin', b: x}"));
    EXPECT_TRUE(fires("  s: [kelvin]\n  t: {a|contains: one}\n  condition: s and t\n",
                      "{a: 'ONE', b: '\u212Aelvin'}"));
}

TEST(Candidates, KeywordsDoNotReachOverTheBorderOfTwoValues) {
    EXPECT_FALSE(fires("  s: [ab]\n  condition: s\n", "{a: xa, b: bx}"));
    EXPECT_TRUE(fires("  s:\n    '|all': [xa, bx]\n  condition: s\n", "{a: xa, b: bx}"));
}

TEST(Candidates, RulesWhoseWitnessIsAbsentAreNotRun) {
    const LoadResult loaded = load_needle_rule();
    const auto matcher = make_matcher(loaded.rules);
    Event event;
    Findings findings;
    for (int i = 0; i < 10; ++i) {
        fill_event(event, "{a: hay, b: hay}");
        matcher->match(event, findings);
    }
    EXPECT_EQ(matcher->counters().events, 10U);
    EXPECT_EQ(matcher->counters().candidates, 0U);
}

TEST(Candidates, CostsAreCountedPerRule) {
    const LoadResult loaded = load_needle_rule();
    static std::uint64_t clock = 0;
    const auto matcher =
        make_matcher(loaded.rules, {.with_details = false, .ticks = [] { return clock += 5; }});
    Event event;
    Findings findings;
    for (const char* text : {"{a: needle, b: x}", "{a: needle, b: y}", "{a: z, b: y}"}) {
        fill_event(event, text);
        matcher->match(event, findings);
    }
    ASSERT_EQ(matcher->costs().size(), 1U);
    EXPECT_EQ(matcher->costs()[0].hits, 1U);
    EXPECT_GE(matcher->costs()[0].candidates, 1U);
    EXPECT_LE(matcher->costs()[0].candidates, 2U);
    EXPECT_EQ(matcher->costs()[0].ticks, 5 * matcher->costs()[0].candidates);
}

}  // namespace
}  // namespace persandian::sigma::test
