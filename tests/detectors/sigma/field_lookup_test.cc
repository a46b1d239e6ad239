// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(FieldLookup, DottedNamesFindNestedAndFlatFields) {
    EXPECT_TRUE(holds("a.b.c: 1", "{a: {b: {c: 1}}}"));
    EXPECT_TRUE(holds("id.orig_h: x", "{id.orig_h: x}"));
    EXPECT_FALSE(holds("a.b: 1", "{a: {c: 1}}"));
}

TEST(FieldLookup, NamesWithBlanksLoseThem) {
    EXPECT_TRUE(holds("ThreatName: x", "{'Threat Name': x}"));
    EXPECT_TRUE(holds("'Threat Name': x", "{'Threat Name': x}"));
}

TEST(FieldLookup, BracketsInNamesAreOrdinaryCharacters) {
    EXPECT_TRUE(holds("'a[0]': x", "{'a[0]': x}"));
}

constexpr const char* rule =
    "title: t\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {category: web}\n"
    "detection:\n  s: {c-uri|contains: x}\n  condition: s\n";

bool fires_with(const std::string& logsource, const std::string& event) {
    const LoadResult loaded = load({rule}, {}, {logsource});
    EXPECT_TRUE(loaded.refused.empty());
    Event made;
    fill_event(made, event);
    Findings findings;
    make_matcher(loaded.rules)->match(made, findings);
    return !findings.all.empty();
}

TEST(FieldLookup, TheFirstPresentNameOfASourceCounts) {
    const std::string source =
        "logsources:\n  - {category: web, when: {k: w}, fields: {c-uri: [url, path]}}\n";
    EXPECT_TRUE(fires_with(source, "{k: w, url: x}"));
    EXPECT_TRUE(fires_with(source, "{k: w, path: x}"));
    EXPECT_FALSE(fires_with(source, "{k: w, path: x, url: y}"));
    EXPECT_FALSE(fires_with(source, "{k: w, c-uri: x}"));
}

TEST(FieldLookup, JoinedNamesAllGiveValues) {
    const std::string source =
        "logsources:\n  - {category: web, when: {k: w}, fields: {c-uri: [url & path]}}\n";
    EXPECT_TRUE(fires_with(source, "{k: w, path: x, url: y}"));
    EXPECT_TRUE(fires_with(source, "{k: w, path: y, url: x}"));
    EXPECT_FALSE(fires_with(source, "{k: w, path: y, url: y}"));
}

TEST(FieldLookup, PrefixesAreTriedAfterThePlainName) {
    const std::string source = "prefixes: [e.]\nlogsources:\n  - {category: web, when: {k: w}}\n";
    EXPECT_TRUE(fires_with(source, "{k: w, e: {c-uri: x}}"));
    EXPECT_TRUE(fires_with(source, "{e: {k: w, c-uri: x}}"));
    EXPECT_FALSE(fires_with(source, "{k: w, c-uri: y, e: {c-uri: x}}"));
}

}  // namespace
}  // namespace persandian::sigma::test
