// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detectors/suppression/suppression.h"

namespace persandian::suppression {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int wita = 8 * 60;

std::vector<std::string> problems_of(const std::string& text, const Limits& limits = {}) {
    const SourceFile file{"q.yml", text};
    std::vector<std::string> out;
    for (const Problem& problem : parse({&file, 1}, wita, limits).problems)
        out.push_back(problem.to_string());
    return out;
}

constexpr const char* good = R"(suppressions:
  - rule: [6e0d, 'egress_*']
    fields:
      src_ip: [10.20.4.90, '10.20.5.*']
      dest_ip|cidr: [10.0.0.0/8, '2001:db8::/32']
    reason: nightly backup
    author: Sari
    from: 2026-11-01
    until: 2026-11-30
    also_correlations: true
throttles:
  - rule: dns_name_not_found
    key: [src_ip, dns.rrname]
    limit: 5
    window: 10m
    reason: noisy resolver
    author: Sari
    from: 2026-11-01
    until: 2026-11-01
)";

TEST(SuppressionParser, ReadsBothKinds) {
    const SourceFile file{"q.yml", good};
    const ParseResult result = parse({&file, 1}, wita);
    EXPECT_THAT(result.problems, IsEmpty());
    ASSERT_EQ(result.suppressions.entries.size(), 2U);
    const Entry& hidden = result.suppressions.entries[0];
    EXPECT_THAT(hidden.rules, ElementsAre("6e0d", "egress_*"));
    EXPECT_EQ(hidden.mark.line, 2U);
    EXPECT_EQ(hidden.reason, "nightly backup");
    EXPECT_EQ(hidden.author, "Sari");
    EXPECT_TRUE(hidden.also_correlations);
    EXPECT_FALSE(hidden.throttle);
    ASSERT_EQ(hidden.fields.size(), 2U);
    EXPECT_TRUE(hidden.fields[0].fits("10.20.5.7"));
    EXPECT_FALSE(hidden.fields[0].fits("10.20.4.9"));
    EXPECT_EQ(hidden.fields[1].field, "dest_ip");
    EXPECT_TRUE(hidden.fields[1].fits("10.255.0.1"));
    EXPECT_TRUE(hidden.fields[1].fits("::ffff:10.255.0.1"));
    EXPECT_TRUE(hidden.fields[1].fits("2001:db8::1"));
    EXPECT_FALSE(hidden.fields[1].fits("11.0.0.1"));
    EXPECT_FALSE(hidden.fields[1].fits("not an address"));
    const Entry& throttled = result.suppressions.entries[1];
    ASSERT_TRUE(throttled.throttle);
    EXPECT_THAT(throttled.throttle->key, ElementsAre("src_ip", "dns.rrname"));
    EXPECT_EQ(throttled.throttle->limit, 5U);
    EXPECT_EQ(throttled.throttle->window, Duration::minutes(10));
    ASSERT_EQ(result.suppressions.files.size(), 1U);
    EXPECT_EQ(result.suppressions.files[0].sha256, sha256(as_bytes(file.text)));
}

TEST(SuppressionParser, DaysAreWholeDaysOfTheZone) {
    const SourceFile file{"q.yml", good};
    const ParseResult result = parse({&file, 1}, wita);
    ASSERT_EQ(result.suppressions.entries.size(), 2U);
    const Entry& one_day = result.suppressions.entries[1];
    EXPECT_EQ(format_rfc3339_ns(one_day.from), "2026-10-31T16:00:00.000000000Z");
    EXPECT_EQ(format_rfc3339_ns(one_day.until), "2026-11-01T16:00:00.000000000Z");
    EXPECT_TRUE(one_day.in_force(one_day.from));
    EXPECT_FALSE(one_day.in_force(one_day.until));
    EXPECT_FALSE(one_day.in_force(one_day.from - Duration{1}));
}

TEST(SuppressionParser, WildcardsAreSigmas) {
    const SourceFile file{"q.yml",
                          "suppressions:\n"
                          "  - rule: a\n"
                          "    fields: {user.name: ['svc-?', 'LITERAL\\*', '*backup*']}\n"
                          "    reason: r\n    author: a\n    from: 2026-01-01\n"
                          "    until: 2026-01-02\n"};
    const ParseResult result = parse({&file, 1}, 0);
    ASSERT_THAT(result.problems, IsEmpty());
    const FieldTest& test = result.suppressions.entries.at(0).fields.at(0);
    EXPECT_TRUE(test.fits("SVC-1"));
    EXPECT_FALSE(test.fits("svc-12"));
    EXPECT_TRUE(test.fits("literal*"));
    EXPECT_FALSE(test.fits("literals"));
    EXPECT_TRUE(test.fits("the Backup user"));
    EXPECT_FALSE(test.fits(""));
}

TEST(SuppressionParser, NothingIsNothing) {
    for (const char* const text : {"", "# only a comment\n", "suppressions:\n", "throttles: []\n"})
        EXPECT_THAT(problems_of(text), IsEmpty()) << text;
    const SourceFile file{"q.yml", "suppressions: []\n"};
    EXPECT_THAT(parse({&file, 1}, 0).suppressions.files, IsEmpty());
}

/// One entry, a line of it replaced or added.
std::string entry(const std::string& line) {
    std::string out = "suppressions:\n  - rule: a\n";
    const std::string key = line.substr(0, line.find(':'));
    const std::vector<std::string> others = {"reason: r", "author: a", "from: 2026-01-01",
                                             "until: 2026-01-31"};
    for (const std::string& other : others)
        if (other.substr(0, other.find(':')) != key) out += "    " + other + '\n';
    return out + "    " + line + '\n';
}

struct Mistake {
    const char* line;
    const char* says;
};

class SuppressionMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(SuppressionMistakes, IsToldWithItsPlace) {
    EXPECT_THAT(problems_of(entry(GetParam().line)), ElementsAre(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Table, SuppressionMistakes,
    testing::Values(
        Mistake{"reason: ''", "q.yml:6:13: 'reason' must be a text that is not empty, not nothing"},
        Mistake{"author: [a, b]",
                "q.yml:6:13: 'author' must be a text that is not empty, not a list"},
        Mistake{"from: yesterday",
                "q.yml:6:11: 'from' must be a day such as 2026-12-31, not 'yesterday'"},
        Mistake{"until: 2026-02-31",
                "q.yml:6:12: 'until' must be a day such as 2026-12-31, not '2026-02-31'"},
        Mistake{"until: 2026-1-1",
                "q.yml:6:12: 'until' must be a day such as 2026-12-31, not '2026-1-1'"},
        Mistake{"until: 2025-12-31", "q.yml:6:12: 'until' is before 'from'"},
        Mistake{"until: 2027-02-05",
                "q.yml:6:12: from 'from' to 'until' are more than 400 days (max_lifetime_days): "
                "nothing is quiet for ever; write it anew when the time has come"},
        Mistake{"fields: {}",
                "q.yml:7:13: 'fields' must be a map of field names to values, not an empty one"},
        Mistake{"fields: src_ip",
                "q.yml:7:13: 'fields' must be a map of field names to values, not a text"},
        Mistake{"fields: {src_ip: 10.0.0.0/8}",
                "q.yml:7:22: '10.0.0.0/8' is a network, which no text equals; write src_ip|cidr"},
        Mistake{"fields: {src_ip|cidr: 10.0.0.1/8}",
                "q.yml:7:27: '10.0.0.1/8' is not a network: write ADDRESS/PREFIX with all bits "
                "after the prefix 0, as 192.0.2.0/24 or 2001:db8::/32"},
        Mistake{"fields: {http.url|contains: x}",
                "q.yml:7:14: 'http.url|contains' is not a field name, alone or with |cidr; for "
                "parts of a text write wildcards: 'abc*', '*abc*'"},
        Mistake{"fields: {user.name: [[a]]}",
                "q.yml:7:26: 'user.name' must be a value or a list of values, not a list"},
        Mistake{"fields: {user.name: []}", "q.yml:7:25: 'user.name' must have 1 to 10000 values"},
        Mistake{"also_correlations: perhaps",
                "q.yml:7:24: 'also_correlations' must be true or false, not 'perhaps'"},
        Mistake{"resaon: x",
                "q.yml:7:5: unknown key 'resaon' in a suppression; did you mean "
                "'reason'?"},
        Mistake{"window: 1h",
                "q.yml:7:5: unknown key 'window' in a suppression; known keys: "
                "rule, fields, reason, author, from, until, also_correlations"}));

TEST(SuppressionParser, FourHundredDaysAreAllowed) {
    EXPECT_THAT(problems_of(entry("until: 2027-02-04")), IsEmpty());
}

TEST(SuppressionParser, AllMistakesAtOnce) {
    EXPECT_THAT(
        problems_of("supressions: []\n"
                    "suppressions:\n"
                    "  - fields: {a: 1}\n"
                    "  - text\n"
                    "throttles:\n"
                    "  - {rule: '*', key: [], limit: 0, window: 8d, reason: r, author: a,\n"
                    "     from: 2026-01-01, until: 2026-01-02, also_correlations: true}\n"),
        ElementsAre(
            "q.yml:1:1: unknown key 'supressions' in a suppression file; did you mean "
            "'suppressions'?",
            "q.yml:3:5: a suppression needs the key 'rule'",
            "q.yml:3:5: a suppression needs the key 'reason'",
            "q.yml:3:5: a suppression needs the key 'author'",
            "q.yml:3:5: a suppression needs the key 'from'",
            "q.yml:3:5: a suppression needs the key 'until'",
            "q.yml:4:5: a suppression must be a map (key: value), not a text",
            "q.yml:6:12: '*' names every rule; such an entry needs 'fields'",
            "q.yml:6:22: 'key' must be one or a list of field names",
            "q.yml:6:33: 'limit' must be a whole number from 1 to 1000000, not '0'",
            "q.yml:6:44: 'window' must be a duration from 1s to 168h, such as 10m or 1d, not '8d'",
            "q.yml:7:43: unknown key 'also_correlations' in a throttle; known keys: rule, fields, "
            "reason, author, from, until, key, limit, window"));
}

TEST(SuppressionParser, OtherShapesAreRefused) {
    EXPECT_THAT(problems_of("- a\n"),
                ElementsAre("q.yml:1:1: a suppression file must be a map with the keys "
                            "'suppressions' and 'throttles', not a list"));
    EXPECT_THAT(problems_of("suppressions: x\n"),
                ElementsAre("q.yml:1:15: 'suppressions' must be a list ('- …' per entry), not a "
                            "text"));
    EXPECT_THAT(problems_of("suppressions: []\n---\nthrottles: []\n"),
                ElementsAre("q.yml:3:1: a suppression file is one YAML document; '---' starts a "
                            "second"));
    EXPECT_EQ(problems_of("suppressions: [\n").size(), 1U);
}

TEST(SuppressionParser, LimitsHaveNames) {
    Limits limits;
    limits.max_entries = 1;
    EXPECT_THAT(problems_of(good, limits), ElementsAre("q.yml:12:5: more than 1 entries "
                                                       "(max_entries)"));
    limits = {};
    limits.max_text_bytes = 5;
    EXPECT_THAT(problems_of(good, limits),
                ElementsAre("q.yml:6:13: 'reason' is longer than 5 bytes (max_text_bytes)",
                            "q.yml:16:13: 'reason' is longer than 5 bytes (max_text_bytes)"));
    limits = {};
    limits.max_file_bytes = 10;
    EXPECT_EQ(problems_of(good, limits).size(), 1U);
}

TEST(SuppressionParser, EachFileHasItsHashAndItsMistakes) {
    const std::vector<SourceFile> files = {
        {"a.yml", "throttles: x\n"}, {"b.yml", good}, {"c.yml", "nonsense: 1\n"}};
    const ParseResult result = parse(files, wita);
    ASSERT_EQ(result.problems.size(), 2U);
    EXPECT_EQ(result.problems[0].path, "a.yml");
    EXPECT_EQ(result.problems[1].path, "c.yml");
    ASSERT_EQ(result.suppressions.files.size(), 1U);
    EXPECT_EQ(result.suppressions.entries.at(0).file, 0U);
    EXPECT_EQ(result.suppressions.entries.at(0).path, "b.yml");
}

}  // namespace
}  // namespace persandian::suppression
