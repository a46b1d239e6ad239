// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

bool found(const std::string& steps, const std::string& text) {
    return holds("a|sequence: [" + steps + "]", "{a: '" + text + "'}");
}

std::string refused(const std::string& steps) {
    return item_refusal("a|sequence: [" + steps + "]");
}

TEST(SequenceModifier, StepsFollowEachOther) {
    const std::string login = "{text: 'USER '}, {text: root, distance: 0, within: 4}";
    EXPECT_TRUE(found(login, "USER root"));
    EXPECT_TRUE(found(login, "xx USER root yy"));
    EXPECT_FALSE(found(login, "USER  root"));
    EXPECT_FALSE(found(login, "root USER "));
    EXPECT_TRUE(found("{text: b, offset: 0}, {text: a}", "ab")) << "without a place: anywhere";
}

TEST(SequenceModifier, AbsolutePlaces) {
    EXPECT_TRUE(found("{text: abc, offset: 2, depth: 4}", "xxxabc"));
    EXPECT_FALSE(found("{text: abc, offset: 2, depth: 4}", "xxxxabc"));
    EXPECT_FALSE(found("{text: abc, offset: 2, depth: 4}", "xabc"));
    EXPECT_TRUE(found("{text: abc, depth: 3}", "abcx"));
    EXPECT_FALSE(found("{text: abc, depth: 3}", "xabc"));
    EXPECT_TRUE(found("{text: abc, end: true}", "abcabc"));
    EXPECT_FALSE(found("{text: abc, end: true}", "abcx"));
}

TEST(SequenceModifier, DistanceMayLeadBack) {
    EXPECT_TRUE(found("{text: cd}, {text: ab, distance: -4, within: 2}", "abcd"));
    EXPECT_FALSE(found("{text: cd}, {text: ab, distance: -4, within: 2}", "xabxcd"));
    EXPECT_TRUE(found("{text: ab}, {text: b, distance: -100}", "ab"));
}

TEST(SequenceModifier, EveryPlaceOfAStepIsTried) {
    EXPECT_TRUE(
        found("{text: a}, {text: b, distance: 0, within: 1}, {text: c, distance: 0, within: 1}",
              "ab ab abc"));
    EXPECT_TRUE(found("{re: 'a+'}, {text: b, distance: 0, within: 1}", "aa aab"))
        << "also where the expression begins later";
}

TEST(SequenceModifier, CaseMattersInHexUnlessToldOtherwise) {
    EXPECT_TRUE(found("{text: AbC}", "aBc"));
    EXPECT_FALSE(found("{text: AbC, cased: true}", "aBc"));
    EXPECT_TRUE(found("{text: AbC, cased: true}", "xAbC"));
    EXPECT_FALSE(found("{hex: '41 62'}", "ab"));
    EXPECT_TRUE(found("{hex: '4162', cased: false}", "aB"));
}

TEST(SequenceModifier, BytesBeyondAscii) {
    EXPECT_TRUE(found("{hex: 'c3 a9'}", "caf\u00e9"));
    EXPECT_FALSE(found("{hex: 'c3 89'}", "caf\u00e9")) << "another letter than the capital";
    EXPECT_TRUE(found("{re: '\\xA9$'}", "caf\u00e9"));
    EXPECT_TRUE(found("{text: CAF}, {hex: c3, distance: 0, within: 1}", "caf\u00e9"));
}

TEST(SequenceModifier, NotThere) {
    const std::string plain = "{text: 'Host: '}, {text: evil, distance: 0, within: 10, not: true}";
    EXPECT_TRUE(found(plain, "Host: good"));
    EXPECT_TRUE(found(plain, "Host: something evil"));
    EXPECT_FALSE(found(plain, "Host: so evil"));
    EXPECT_TRUE(
        found("{text: a}, {text: b, distance: 0, within: 1, not: true}, "
              "{text: c, distance: 0, within: 1}",
              "ab ac"))
        << "a step that must not be there moves nothing";
    EXPECT_FALSE(found("{re: 'x', not: true}", "abx"));
}

TEST(SequenceModifier, RegularExpressionsBeginWhereTheyArePlaced) {
    EXPECT_TRUE(found("{text: 'id='}, {re: '^[0-9]+&', distance: 0}", "x?id=17&"));
    EXPECT_FALSE(found("{text: 'id='}, {re: '^[0-9]+&', distance: 0}", "x?id=a17&"));
    EXPECT_TRUE(
        found("{re: '(?i)^GET', depth: 3}, {text: ' /', distance: 0, within: 2}", "get /x"));
    EXPECT_FALSE(found("{re: 'ab', offset: 0, depth: 1}", "ab"));
}

TEST(SequenceModifier, Remaining) {
    EXPECT_TRUE(found("{remaining: {eq: 3}}", "abc"));
    EXPECT_FALSE(found("{remaining: {gt: 3}}", "abc"));
    EXPECT_TRUE(found("{text: a}, {remaining: {gte: 2, lt: 3}}", "abc"));
    EXPECT_TRUE(found("{text: a}, {remaining: {lt: 1}}", "aba")) << "the last one";
    EXPECT_FALSE(found("{text: a}, {remaining: {gte: 2}, not: true}", "abc"));
}

TEST(SequenceModifier, Numbers) {
    EXPECT_TRUE(found("{number: {bytes: 2, eq: 24930}}", "ab"));
    EXPECT_TRUE(found("{number: {bytes: 2, order: little, eq: 25185}}", "ab"));
    EXPECT_TRUE(found("{number: {bytes: 1, and: 0x0f, eq: 1}, offset: 1}", "xA"));
    EXPECT_FALSE(found("{number: {bytes: 4, gte: 0}}", "abc")) << "not all of it is there";
    EXPECT_TRUE(
        found("{text: 'n='}, {number: {bytes: 4, base: 10, gt: 99}, distance: 0}", "n= 100"));
    EXPECT_TRUE(found("{number: {bytes: 4, base: 16, eq: 255}}", "0xff"));
    EXPECT_FALSE(found("{number: {bytes: 2, base: 10, gte: 0}}", "xx")) << "no digits";
    EXPECT_TRUE(found("{number: {bytes: 0, base: 10, eq: 12345}}", "12345")) << "all there are";
}

TEST(SequenceModifier, Jumps) {
    EXPECT_TRUE(found("{jump: {bytes: 1, base: 10}}, {text: z, distance: 0, within: 1}", "3abcz"));
    EXPECT_FALSE(found("{jump: {bytes: 1, base: 10}}, {text: z, distance: 0, within: 1}", "2abcz"));
    EXPECT_FALSE(found("{jump: {bytes: 1, base: 10}}", "9abc")) << "beyond the end";
    EXPECT_TRUE(
        found("{jump: {bytes: 1, base: 10, from_start: true, add: -1}}, "
              "{text: a, distance: 0, within: 1}",
              "2a"));
    EXPECT_TRUE(
        found("{jump: {bytes: 1, base: 10, multiply: 2, align: true}}, "
              "{text: z, distance: 0, within: 1}",
              "1abcdz"));
}

TEST(SequenceModifier, WorkIsBounded) {
    const std::string a(30'000, 'a');
    EXPECT_FALSE(
        found("{text: a}, {text: a, distance: 0}, {text: a, distance: 0}, "
              "{text: b, distance: 0}",
              a));
}

TEST(SequenceModifier, NegatedAndTogetherWithOthers) {
    EXPECT_FALSE(holds("a|sequence|neq: [{text: x}]", "{a: xyz}"));
    EXPECT_TRUE(holds("a|sequence|neq: [{text: x}]", "{a: yz}"));
    EXPECT_TRUE(holds("a|sequence: [{text: '2'}]", "{a: 42}")) << "numbers as they are written";
}

TEST(SequenceModifier, Mistakes) {
    EXPECT_THAT(refused("{txt: a}"), HasSubstr("did you mean 'text'?"));
    EXPECT_THAT(refused("{text: a, hex: '00'}"), HasSubstr("write two steps"));
    EXPECT_THAT(refused("{cased: true}"), HasSubstr("needs one of text, hex, re"));
    EXPECT_THAT(refused("{text: a, distance: 0}"), HasSubstr("needs a step before"));
    EXPECT_THAT(refused("{text: a}, {text: b, distance: 0, depth: 2}"), HasSubstr("has either"));
    EXPECT_THAT(refused("{hex: 'zz'}"), HasSubstr("not bytes in hexadecimal"));
    EXPECT_THAT(refused("{re: 'a('}"), HasSubstr("bad regular expression"));
    EXPECT_THAT(refused("{number: {bytes: 2}}"), HasSubstr("compares with nothing"));
    EXPECT_THAT(refused("{number: {bytes: 9, eq: 1}}"), HasSubstr("at most 8"));
    EXPECT_THAT(refused("{number: {bites: 2, eq: 1}}"), HasSubstr("did you mean 'bytes'?"));
    EXPECT_THAT(refused("{text: a, depth: 0}"), HasSubstr("from 1 to"));
    EXPECT_THAT(refused("{text: ''}"), HasSubstr("would stand everywhere"));
    EXPECT_THAT(refused("{jump: {bytes: 1}, not: true}"), HasSubstr("does not go with 'jump'"));
    EXPECT_THAT(refused("{remaining: {eq: 1}, end: true}"), HasSubstr("text, hex and re only"));
    EXPECT_THAT(refused("abc"), HasSubstr("a step must be a map"));
    EXPECT_THAT(item_refusal("a|sequence: abc"), HasSubstr("needs a list of steps"));
    EXPECT_THAT(item_refusal("a|contains|sequence: [{text: a}]"), HasSubstr("must be the first"));
    EXPECT_THAT(item_refusal("a|sequence|contains: [{text: a}]"), HasSubstr("does not go with"));
    EXPECT_THAT(item_refusal("'|sequence': [{text: a}]"), HasSubstr("needs a field name"));
}

}  // namespace
}  // namespace persandian::sigma::test
