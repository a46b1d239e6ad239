// SPDX-License-Identifier: Apache-2.0
//
// Where engines for Sigma go wrong, beyond what the tests of the single parts already name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

TEST(SemanticTraps, FoldingKeepsTheNumberOfCharacters) {
    EXPECT_TRUE(holds("a: 'stra\u00DFe'", "{a: 'STRA\u1E9EE'}"));  // sharp s, small and capital
    EXPECT_FALSE(holds("a: 'strasse'", "{a: 'stra\u00DFe'}"));     // full folding would
    EXPECT_FALSE(holds("a: 'i'", "{a: '\u0130'}"));                // dotted capital I: Turkic only
    EXPECT_TRUE(holds("a: 's'", "{a: '\u017F'}"));                 // long s
    EXPECT_TRUE(holds("a: '?x'", "{a: '\u212AX'}"));  // Kelvin sign: one character of three bytes
}

TEST(SemanticTraps, CasedGoesWithOpenEndsAndWildcards) {
    EXPECT_TRUE(holds("a|contains|cased: Foo", "{a: xFoox}"));
    EXPECT_FALSE(holds("a|contains|cased: Foo", "{a: xfoox}"));
    EXPECT_FALSE(holds("a|startswith|cased: Foo", "{a: foox}"));
    EXPECT_FALSE(holds("a|cased|endswith: Foo", "{a: xfoo}"));
    EXPECT_TRUE(holds("a|cased: 'F*o'", "{a: Foo}"));
    EXPECT_FALSE(holds("a|cased: 'F*o'", "{a: foo}"));
}

TEST(SemanticTraps, AllOnASingleValueChangesNothing) {
    EXPECT_TRUE(holds("a|contains|all: x", "{a: axa}"));
    EXPECT_FALSE(holds("a|contains|all: x", "{a: aya}"));
}

TEST(SemanticTraps, BlanksAtTheEndsOfValuesCount) {
    EXPECT_FALSE(holds("a: ' x '", "{a: x}"));
    EXPECT_TRUE(holds("a: ' x '", "{a: ' x '}"));
    EXPECT_FALSE(holds("a|startswith: ' x'", "{a: xy}"));
}

TEST(SemanticTraps, EncodingsApplyFromLeftToRight) {
    // "cmd" as UTF-16 and then in base64, not base64 as UTF-16.
    EXPECT_TRUE(holds("a|wide|base64offset|contains: cmd", "{a: 'YwBtAGQA'}"));
    EXPECT_FALSE(holds("a|base64offset|contains: cmd", "{a: 'YwBtAGQA'}"));
    EXPECT_TRUE(holds("a|utf16be|base64|contains: cmd", "{a: 'AGMAbQBk'}"));
    EXPECT_TRUE(holds("a|utf16|base64|contains: cmd", "{a: '//5jAG0AZAA='}"));
}

TEST(SemanticTraps, EncodedTextsFoldUnlessCased) {
    EXPECT_TRUE(holds("a|base64|contains: foo", "{a: 'zM9V'}"));
    EXPECT_FALSE(holds("a|base64|contains|cased: foo", "{a: 'zM9V'}"));
    EXPECT_TRUE(holds("a|base64|contains|cased: foo", "{a: 'Zm9v'}"));
}

TEST(SemanticTraps, InlineFlagsLazyRepeatsAndWordBoundariesWork) {
    EXPECT_TRUE(holds("a|re: '(?i)foo'", "{a: xFOOx}"));
    EXPECT_TRUE(holds("a|re: '(?s)a.b'", "{a: \"a\\nb\"}"));
    EXPECT_FALSE(holds("a|re: 'a.b'", "{a: \"a\\nb\"}"));
    EXPECT_TRUE(holds("a|re: '<.+?>$'", "{a: '<a><b>'}"));
    EXPECT_TRUE(holds("a|re: '\\bfoo\\b'", "{a: 'x foo y'}"));
    EXPECT_FALSE(holds("a|re: '\\bfoo\\b'", "{a: xfooy}"));
    EXPECT_TRUE(holds("a|re|i: [nothing, foo]", "{a: FOO}"));
}

TEST(SemanticTraps, PartsOfTimesInAListAreOrs) {
    EXPECT_TRUE(holds("a|hour: [1, 4]", "{a: '2026-02-03T04:05:06+07:00'}"));
    EXPECT_FALSE(holds("a|hour: [1, 5]", "{a: '2026-02-03T04:05:06+07:00'}"));
}

TEST(SemanticTraps, NullEmptyAndDashAreThreeThingsInFilters) {
    const std::string rule =
        "  selection: {x: 1}\n  filter_null: {a: null}\n  filter_empty: {a: ''}\n"
        "  filter_dash: {a: '-'}\n  condition: selection and not 1 of filter_*\n";
    EXPECT_FALSE(fires(rule, "{x: 1}"));
    EXPECT_FALSE(fires(rule, "{x: 1, a: null}"));
    EXPECT_FALSE(fires(rule, "{x: 1, a: ''}"));
    EXPECT_FALSE(fires(rule, "{x: 1, a: '-'}"));
    EXPECT_TRUE(fires(rule, "{x: 1, a: y}"));
    const std::string only_null =
        "  selection: {x: 1}\n  filter_main: {a: null}\n  condition: selection and not 1 of "
        "filter_main*\n";
    EXPECT_TRUE(fires(only_null, "{x: 1, a: ''}"));
    EXPECT_TRUE(fires(only_null, "{x: 1, a: '-'}"));
}

TEST(SemanticTraps, NullInAListOfValuesIsOrAbsent) {
    EXPECT_TRUE(holds("a: [x, null]", "{a: x}"));
    EXPECT_TRUE(holds("a: [x, null]", "{b: 1}"));
    EXPECT_TRUE(holds("a: ['', null]", "{a: ''}"));
    EXPECT_FALSE(holds("a: [x, null]", "{a: y}"));
}

TEST(SemanticTraps, NegationIsOfTheWholeItemAlsoForLists) {
    EXPECT_FALSE(holds("a|neq: [x, y]", "{a: y}"));
    EXPECT_TRUE(holds("a|neq: [x, y]", "{a: z}"));
    EXPECT_FALSE(holds("a|contains|neq: x", "{a: [y, axa]}"));  // one member holds
    EXPECT_TRUE(holds("a|contains|all|neq: [x, y]", "{a: x}"));
}

TEST(SemanticTraps, ListsInListsAreOrs) {
    const std::string rule = "  s:\n    - - a: 1\n      - b: 2\n    - c: 3\n  condition: s\n";
    EXPECT_TRUE(fires(rule, "{b: 2}"));
    EXPECT_TRUE(fires(rule, "{c: 3}"));
    EXPECT_FALSE(fires(rule, "{a: 2}"));
}

TEST(SemanticTraps, FieldNamesMayHoldDashesAndDots) {
    EXPECT_TRUE(holds("cs-uri-query|contains: x", "{cs-uri-query: axa}"));
    EXPECT_TRUE(holds("id.orig_h: 192.0.2.4", "{id: {orig_h: 192.0.2.4}}"));
    EXPECT_TRUE(holds("id.orig_h: 192.0.2.4", "{id.orig_h: 192.0.2.4}"));
}

TEST(SemanticTraps, IdentifiersMayHoldDashesAndLookLikeKeywords) {
    EXPECT_TRUE(fires("  sel-2: {a: 1}\n  condition: sel-2\n", "{a: 1}"));
    EXPECT_TRUE(
        fires("  notes: {a: 1}\n  orders: {b: 1}\n  condition: notes or orders\n", "{b: 1}"));
    EXPECT_TRUE(fires("  all_of: {a: 1}\n  condition: all_of\n", "{a: 1}"));
}

TEST(SemanticTraps, EveryMemberOfAListOfObjectsIsSeenOnItsOwn) {
    EXPECT_TRUE(holds("a.b|contains|all: [x, y]", "{a: [{b: x}, {b: y}]}"));
    EXPECT_FALSE(holds("a.b: xy", "{a: [{b: x}, {b: y}]}"));
}

TEST(SemanticTraps, KeywordsWithAllMayStandInDifferentValues) {
    EXPECT_TRUE(holds("'|all': [foo, bar]", "{a: xfoo, b: {c: barx}}"));
    EXPECT_FALSE(holds("'|all': [foo, bar]", "{a: xfoo, b: {c: baz}}"));
    EXPECT_TRUE(holds("'|contains|all': [foo, bar]", "{a: foobar}"));
    EXPECT_TRUE(holds("'|base64offset|contains': foobar", "{a: {b: 'eGZvb2Jhcg=='}}"));
}

TEST(SemanticTraps, PercentSignsAreCharactersWithoutExpand) {
    EXPECT_TRUE(holds("a|contains: '%TEMP%'", "{a: 'x %temp% y'}"));
}

}  // namespace
}  // namespace persandian::sigma::test
