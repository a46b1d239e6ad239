// SPDX-License-Identifier: Apache-2.0
//
// What detections mean: wildcards, escapes, types, null, lists, keywords.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

TEST(Detection, TextsMatchTheWholeValueWithoutRegardToCase) {
    EXPECT_TRUE(holds("a: Foo", "{a: fOO}"));
    EXPECT_FALSE(holds("a: foo", "{a: foobar}"));
    EXPECT_FALSE(holds("a: foo", "{a: ' foo'}"));
}

TEST(Detection, LettersBeyondAsciiFoldAsUnicodeSays) {
    EXPECT_TRUE(holds("a: 'ÄÖÜ ПРИВЕТ ΣΑΣ'", "{a: 'äöü привет σας'}"));
    EXPECT_TRUE(holds("a|contains: 'ЗАГ'", "{a: 'xзагx'}"));
    EXPECT_FALSE(holds("a: 'ä'", "{a: 'a'}"));
    EXPECT_TRUE(holds("a: 'k'", "{a: 'K'}"));  // the Kelvin sign: fewer bytes when folded
}

TEST(Detection, FieldNamesAreCaseSensitive) {
    EXPECT_FALSE(holds("A: 1", "{a: 1}"));
}

TEST(Detection, WildcardsCrossLineEnds) {
    EXPECT_TRUE(holds("a: 'b*d'", "{a: \"b\\nc\\nd\"}"));
    EXPECT_TRUE(holds("a: 'b?d'", "{a: \"b\\nd\"}"));
    EXPECT_TRUE(holds("a|contains: 'c'", "{a: \"b\\nc\\nd\"}"));
}

TEST(Detection, WildcardsAreTiedToBothEnds) {
    EXPECT_TRUE(holds("a: 'b*'", "{a: bcd}"));
    EXPECT_FALSE(holds("a: 'b*'", "{a: abcd}"));
    EXPECT_TRUE(holds("a: '*d'", "{a: bcd}"));
    EXPECT_FALSE(holds("a: '?cd'", "{a: cd}"));
    EXPECT_TRUE(holds("a: '?'", "{a: é}"));
}

TEST(Detection, BackslashesEscapeOnlyWildcardsAndThemselves) {
    EXPECT_TRUE(holds("a: 'C:\\Windows'", "{a: 'C:\\Windows'}"));
    EXPECT_TRUE(holds("a: 'C:\\\\Windows'", "{a: 'C:\\Windows'}"));
    EXPECT_TRUE(holds("a: '\\*'", "{a: '*'}"));
    EXPECT_FALSE(holds("a: '\\*'", "{a: 'x'}"));
    EXPECT_TRUE(holds("a: '\\\\*'", "{a: '\\xyz'}"));     // backslash, then anything
    EXPECT_FALSE(holds("a: '\\\\\\*'", "{a: '\\xyz'}"));  // backslash, then a star
    EXPECT_TRUE(holds("a: '\\\\\\*'", "{a: '\\*'}"));
    EXPECT_TRUE(holds("a: '\\\\\\\\x'", "{a: '\\\\x'}"));  // four are two
    EXPECT_TRUE(holds("a: '\\\\\\x'", "{a: '\\\\x'}"));    // three are two
    EXPECT_TRUE(holds("a: 'x\\'", "{a: 'x\\'}"));          // one at the end is itself
}

TEST(Detection, NumbersAndTextsCompareByCanonicalText) {
    EXPECT_TRUE(holds("EventID: 1", "{EventID: 1}"));
    EXPECT_TRUE(holds("EventID: 1", "{EventID: '1'}"));
    EXPECT_TRUE(holds("EventID: '1'", "{EventID: 1}"));
    EXPECT_FALSE(holds("EventID: 1", "{EventID: 10}"));
    EXPECT_FALSE(holds("EventID: 1", "{EventID: '0x1'}"));
    EXPECT_TRUE(holds("a|startswith: 46", "{a: 4624}"));
    EXPECT_TRUE(holds("a: 1.5", "{a: 1.5}"));
}

TEST(Detection, NumbersOfEqualValueAreEqual) {
    EXPECT_TRUE(holds("a: 0", "{a: -0.0}"));
    EXPECT_TRUE(holds("a: -0.0", "{a: 0}"));
    EXPECT_TRUE(holds("a: 2", "{a: 2.0}"));
    EXPECT_TRUE(holds("a: 1e3", "{a: 1000}"));
    EXPECT_TRUE(holds("a: 18446744073709551615", "{a: '18446744073709551615'}"));
    EXPECT_TRUE(holds("a: +018446744073709551615", "{a: '18446744073709551615'}"));
    EXPECT_FALSE(holds("a: 18446744073709551615", "{a: '18446744073709551614'}"));
}

TEST(Detection, TextsThatOnlyLookLikeTheNumberAreOtherTexts) {
    EXPECT_TRUE(holds("a: 01", "{a: 1}"));  // a number of YAML
    EXPECT_FALSE(holds("a: 01", "{a: '01'}"));
    EXPECT_TRUE(holds("a: '01'", "{a: '01'}"));
    EXPECT_FALSE(holds("a: 1", "{a: '1.0'}"));
    EXPECT_TRUE(holds("a: 0x1f", "{a: '0x1F'}"));
    EXPECT_FALSE(holds("a: 0x1f", "{a: 31}"));
}

TEST(Detection, BooleansMatchBooleansAndTheirText) {
    EXPECT_TRUE(holds("a: true", "{a: true}"));
    EXPECT_TRUE(holds("a: true", "{a: 'True'}"));
    EXPECT_TRUE(holds("a: 'TRUE'", "{a: true}"));
    EXPECT_FALSE(holds("a: true", "{a: false}"));
    EXPECT_FALSE(holds("a: true", "{a: 1}"));
}

TEST(Detection, NullIsAbsentOrNullAndNotEmpty) {
    EXPECT_TRUE(holds("a: null", "{b: 1}"));
    EXPECT_TRUE(holds("a: null", "{a: null}"));
    EXPECT_FALSE(holds("a: null", "{a: ''}"));
    EXPECT_FALSE(holds("a: null", "{a: '-'}"));
    EXPECT_TRUE(holds("a:", "{b: 1}"));
}

TEST(Detection, EmptyIsPresentAndEmptyAndNotNull) {
    EXPECT_TRUE(holds("a: ''", "{a: ''}"));
    EXPECT_FALSE(holds("a: ''", "{b: 1}"));
    EXPECT_FALSE(holds("a: ''", "{a: null}"));
    EXPECT_FALSE(holds("a: ''", "{a: x}"));
}

TEST(Detection, AStarAloneIsAnyValueButNull) {
    EXPECT_TRUE(holds("a: '*'", "{a: x}"));
    EXPECT_TRUE(holds("a: '*'", "{a: ''}"));
    EXPECT_TRUE(holds("a: '*'", "{a: 5}"));
    EXPECT_FALSE(holds("a: '*'", "{a: null}"));
    EXPECT_FALSE(holds("a: '*'", "{b: x}"));
}

TEST(Detection, AnEmptyListIsANullTest) {
    EXPECT_TRUE(holds("a: []", "{b: 1}"));
    EXPECT_FALSE(holds("a: []", "{a: 1}"));
}

TEST(Detection, AMissingFieldUnderNotMakesTheRuleFire) {
    const std::string rule = "  s:\n    a: 1\n  f:\n    b: 2\n  condition: s and not f\n";
    EXPECT_TRUE(fires(rule, "{a: 1}"));
    EXPECT_TRUE(fires(rule, "{a: 1, b: null}"));
    EXPECT_TRUE(fires(rule, "{a: 1, b: 3}"));
    EXPECT_FALSE(fires(rule, "{a: 1, b: 2}"));
}

TEST(Detection, AListHoldsWhenAnyMemberDoes) {
    EXPECT_TRUE(holds("a: x", "{a: [w, x]}"));
    EXPECT_FALSE(holds("a: x", "{a: [w, y]}"));
    EXPECT_TRUE(holds("a.b: 2", "{a: [{b: 1}, {b: 2}]}"));
    EXPECT_FALSE(holds("a: null", "{a: [w]}"));
}

TEST(Detection, ItemsOfAMapMustAllHoldAndValuesOfAListAny) {
    EXPECT_TRUE(fires("  s:\n    a: [1, 2]\n    b: 3\n  condition: s\n", "{a: 2, b: 3}"));
    EXPECT_FALSE(fires("  s:\n    a: [1, 2]\n    b: 3\n  condition: s\n", "{a: 2, b: 4}"));
}

TEST(Detection, AListOfMapsHoldsWhenOneMapDoes) {
    const std::string rule = "  s:\n    - a: 1\n      b: 2\n    - c: 3\n  condition: s\n";
    EXPECT_TRUE(fires(rule, "{a: 1, b: 2}"));
    EXPECT_TRUE(fires(rule, "{c: 3}"));
    EXPECT_FALSE(fires(rule, "{a: 1}"));
}

TEST(Detection, MapsAndKeywordsMayShareAList) {
    const std::string rule = "  s:\n    - a: 1\n    - needle\n  condition: s\n";
    EXPECT_TRUE(fires(rule, "{a: 1}"));
    EXPECT_TRUE(fires(rule, "{x: 'a needle here'}"));
    EXPECT_FALSE(fires(rule, "{a: 2}"));
}

TEST(Keywords, StandAnywhereInAnyValueButNotInNames) {
    const std::string rule = "  keywords:\n    - Needle\n    - 'foo*bar'\n  condition: keywords\n";
    EXPECT_TRUE(fires(rule, "{a: {b: 'x needles'}}"));
    EXPECT_TRUE(fires(rule, "{a: [1, 'x foo-bar y']}"));
    EXPECT_FALSE(fires(rule, "{needle: 1}"));
}

TEST(Keywords, OneScalarIsAKeyword) {
    EXPECT_TRUE(fires("  s: needle\n  condition: s\n", "{a: xneedlex}"));
    EXPECT_TRUE(fires("  s: 4711\n  condition: s\n", "{a: 'pid 4711'}"));
}

TEST(Keywords, ModifiersApply) {
    EXPECT_TRUE(holds("'|re': 'n.*e'", "{a: xneedle}"));
    EXPECT_TRUE(holds("'|startswith': nee", "{a: needle}"));
    EXPECT_FALSE(holds("'|startswith': eed", "{a: needle}"));
    EXPECT_FALSE(holds("'|cased': Needle", "{a: needle}"));
    EXPECT_TRUE(holds("'|contains': eed", "{a: needle}"));
}

TEST(Keywords, EmptyAndOtherKindsAreRefused) {
    EXPECT_THAT(refusal("  s: ''\n  condition: s\n"), HasSubstr("empty keyword"));
    EXPECT_THAT(item_refusal("'|cidr': 10.0.0.0/8"), HasSubstr("needs a field name"));
}

TEST(DetectionRefusals, NameThePlaceAndTheNearestWord) {
    EXPECT_EQ(item_refusal("a|contain: x"),
              "2:7: unknown modifier 'contain'; did you mean 'contains'?\n");
    EXPECT_THAT(item_refusal("a: {b: 1}"), HasSubstr("not a map"));
    EXPECT_THAT(item_refusal("a: [[1]]"), HasSubstr("must be texts, numbers"));
    EXPECT_THAT(item_refusal("a|contains|contains: x"), HasSubstr("stands twice"));
}

TEST(DetectionRefusals, AllOfARuleAreReported) {
    const std::string problems =
        refusal("  s:\n    a|contain: x\n    b|lt: y\n  condition: s and t\n");
    EXPECT_THAT(problems, HasSubstr("2:7: unknown modifier 'contain'"));
    EXPECT_THAT(problems, HasSubstr("3:11: 'lt' needs a number"));
    EXPECT_THAT(problems, HasSubstr("4:20: the condition names 't'"));
}

}  // namespace
}  // namespace persandian::sigma::test
