// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml.h"

#include <algorithm>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace persandian::yaml {
namespace {

Node root_of(std::string_view text) {
    ParseOutcome outcome = parse(text);
    EXPECT_FALSE(outcome.problem) << outcome.problem->reason;
    return outcome.documents.empty() ? Node{} : outcome.documents[0].root;
}

Problem problem_of(std::string_view text, const Limits& limits = {}) {
    const ParseOutcome outcome = parse(text, limits);
    EXPECT_TRUE(outcome.problem) << text;
    return outcome.problem.value_or(Problem{});
}

TEST(Yaml, KeepsOrderPositionsAndQuoting) {
    const Node root = root_of("b: 1\na:\n  - '2'\n  - null\n");
    ASSERT_EQ(root.entries.size(), 2U);
    EXPECT_EQ(root.entries[0].key, "b");
    EXPECT_EQ(root.entries[1].mark.line, 2U);
    const Node& list = *root.find("a");
    EXPECT_EQ(list.items[0].mark.line, 3U);
    EXPECT_EQ(list.items[0].mark.column, 5U);
    EXPECT_TRUE(list.items[0].quoted);
    EXPECT_FALSE(list.items[0].as_integer()) << "quoted digits are text";
    EXPECT_EQ(root.find("b")->as_integer(), 1);
    EXPECT_TRUE(list.items[1].is_null());
}

TEST(Yaml, DuplicateKeyIsAnErrorAtTheSecond) {
    const Problem problem = problem_of("a: 1\nb: 2\na: 3\n");
    EXPECT_EQ(problem.mark.line, 3U);
    EXPECT_NE(problem.reason.find("'a'"), std::string::npos);
}

TEST(Yaml, AliasesAreCopiedWithinTheLimit) {
    const Node root = root_of("a: &x [1, 2]\nb: *x\n");
    EXPECT_EQ(root.find("b")->items.size(), 2U);
}

TEST(Yaml, AliasBombIsRefused) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int k = 0; k < 9; ++k) bomb += ", " + before;
        bomb += "]\n";
    }
    EXPECT_NE(problem_of(bomb).reason.find("nodes"), std::string::npos);
}

TEST(Yaml, DeepNestingIsRefused) {
    EXPECT_NE(
        problem_of(std::string(70, '[') + "x" + std::string(70, ']')).reason.find("nested deeper"),
        std::string::npos);
}

TEST(Yaml, ACharacterNoValueBeginsWithEndsTheReading) {
    // yaml-cpp 0.7 makes empty documents of these without end
    for (const std::string_view text :
         {",", ", a", "a: 1\n---\n, b\n", "--- ,", "...\n,", "- a\n---\n,\n---\nb: 1\n"}) {
        const ParseOutcome outcome = parse(text);
        ASSERT_TRUE(outcome.problem) << text;
        EXPECT_NE(outcome.problem->reason.find("no value can begin with ','"), std::string::npos)
            << outcome.problem->reason;
        EXPECT_EQ(
            outcome.problem->mark.line,
            1 + static_cast<std::size_t>(std::count(
                    text.begin(), text.begin() + std::ssize(text.substr(0, text.find(','))), '\n')))
            << text;
    }
}

TEST(Yaml, DocumentsBeforeTheProblemAreKept) {
    const ParseOutcome outcome = parse("a: 1\n---\n, b\n");
    ASSERT_EQ(outcome.documents.size(), 1U);
    EXPECT_TRUE(outcome.documents[0].root.find("a"));
    EXPECT_EQ(outcome.documents[0].end_byte, 5U);
}

TEST(Yaml, ASecondValueNeedsAMarker) {
    for (const std::string_view text : {"[a]\n[b]\n", "'a' 'b'\n", "{a: 1} b\n"}) {
        const ParseOutcome outcome = parse(text);
        ASSERT_TRUE(outcome.problem) << text;
        EXPECT_NE(outcome.problem->reason.find("'---'"), std::string::npos)
            << outcome.problem->reason;
    }
    EXPECT_EQ(parse("[a]\n---\n[b]\n").documents.size(), 2U);
    EXPECT_EQ(parse("[a]\n...\n[b]\n").documents.size(), 2U);
    EXPECT_EQ(parse("...\n[b]\n").documents.size(), 2U) << "the first one is empty";
}

TEST(Yaml, DocumentsAreCounted) {
    Limits limits;
    limits.max_documents = 3;
    EXPECT_FALSE(parse("---\n---\n---\n", limits).problem);
    const Problem problem = problem_of("---\n---\n---\n---\n", limits);
    EXPECT_EQ(problem.mark.line, 4U);
    EXPECT_NE(problem.reason.find("more than 3 documents"), std::string::npos);
}

TEST(Yaml, NodesAreCountedAcrossDocuments) {
    Limits limits;
    limits.max_nodes = 10;
    EXPECT_FALSE(parse("[a, b, c]\n---\n[a, b]\n", limits).problem);
    const Problem problem = problem_of("[a, b, c]\n---\n[a, b, c]\n---\n[a, b, c]\n", limits);
    EXPECT_EQ(problem.mark.line, 5U);
    EXPECT_NE(problem.reason.find("nodes"), std::string::npos);
}

TEST(Yaml, CopiesKeptForAnchorsAreCounted) {
    // sixty anchors around one long list would keep it sixty times
    std::string text;
    for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
    for (int i = 0; i < 1000; ++i) text += "x,";
    text += std::string(60, ']');
    Limits limits;
    limits.max_nodes = 20'000;
    EXPECT_NE(problem_of(text, limits).reason.find("nodes"), std::string::npos);
}

TEST(Yaml, TextIsCountedOnceAliasesAreReplaced) {
    std::string text = "a: &x '" + std::string(1000, 'x') + "'\nb: [";
    for (int i = 0; i < 100; ++i) text += "*x, ";
    text += "]\n";
    EXPECT_FALSE(parse(text).problem);
    Limits limits;
    limits.max_text_bytes = 50'000;
    EXPECT_NE(problem_of(text, limits).reason.find("bytes of text"), std::string::npos);
}

TEST(Yaml, AliasesDoNotNestDeeperThanTheLimit) {
    const std::string open(40, '[');
    const std::string close(40, ']');
    const Problem problem =
        problem_of("- &a " + open + "x" + close + "\n- &b " + open + "*a" + close + "\n");
    EXPECT_EQ(problem.mark.line, 2U);
    EXPECT_NE(problem.reason.find("nested deeper"), std::string::npos);
}

TEST(Yaml, ALongValueIsRefused) {
    Limits limits;
    limits.max_value_bytes = 10'000;
    for (const std::string& text :
         {"a: 1\nb: '" + std::string(10'001, 'x') + "'\n", "a: 1\nb: " + std::string(10'001, 'x'),
          "a: 1\nb: |\n " + std::string(10'001, 'x')})
        EXPECT_NE(problem_of(text, limits).reason.find("longer than 10000 bytes"),
                  std::string::npos);
}

TEST(Yaml, WhatDoesNotEndIsNotReadToItsEnd) {
    Limits limits;
    limits.max_value_bytes = 10'000;
    for (const char letter : {'[', '{', 'x', ' ', '#', '\n'}) {
        const Problem problem = problem_of("- a\n- " + std::string(100'000, letter), limits);
        EXPECT_LE(problem.mark.line, 3U) << letter;
        EXPECT_NE(problem.reason.find("too long"), std::string::npos) << problem.reason;
    }
}

TEST(Yaml, AsMuchAsTheLimitsAllowIsRead) {
    Limits limits;
    limits.max_value_bytes = 10'000;
    std::string text;
    for (int i = 0; i < 100; ++i) text += "- '" + std::string(10'000, 'x') + "'\n";
    const ParseOutcome outcome = parse(text, limits);
    ASSERT_FALSE(outcome.problem) << outcome.problem->reason;
    EXPECT_EQ(outcome.documents.at(0).root.items.size(), 100U);
}

TEST(Yaml, KeysAreTexts) {
    for (const std::string_view text :
         {"~: 1\n", ": 1\n", "a: &x [1]\n*x : 1\n", "? [a]\n: 1\n", "{a: 1}: b\n"})
        EXPECT_NE(problem_of(text).reason.find("map key"), std::string::npos) << text;
    EXPECT_TRUE(root_of("'~': 1\n").find("~"));
}

TEST(Yaml, ReasonsAreSafeForATerminal) {
    const Problem problem = problem_of("\"\\e[31m\": 1\n\"\\e[31m\": 1\n");
    EXPECT_EQ(problem.reason.find('\x1B'), std::string::npos);
    EXPECT_NE(problem.reason.find("\\x1b"), std::string::npos) << problem.reason;
    const std::string key(1000, 'k');
    EXPECT_LT(problem_of(key + ": 1\n" + key + ": 1\n").reason.size(), 300U);
}

TEST(Yaml, ATabIsNamedAsTheReason) {
    const Problem problem = problem_of("a: 1\nb:\n\tc: 1\n");
    EXPECT_EQ(problem.mark.line, 3U);
    EXPECT_NE(problem.reason.find("tab"), std::string::npos) << problem.reason;
    EXPECT_EQ(problem_of("a: 1\nb: [\n").reason.find("tab"), std::string::npos);
}

TEST(Yaml, ByteOrderMarkIsSkipped) {
    const std::string_view text =
        "\xEF\xBB\xBF"
        "a: 1\n---\nb: 2\n";
    const ParseOutcome outcome = parse(text);
    ASSERT_FALSE(outcome.problem) << outcome.problem->reason;
    ASSERT_EQ(outcome.documents.size(), 2U);
    EXPECT_TRUE(outcome.documents[0].root.find("a"));
    EXPECT_EQ(text.substr(outcome.documents[1].begin_byte), "---\nb: 2\n");
    EXPECT_EQ(outcome.documents[1].end_byte, text.size());
}

TEST(Yaml, CarriageReturnsBeforeLineFeedsAreLineEnds) {
    const std::string_view text = "a: x\r\nb: |\r\n  y\r\n  z\r\n---\r\nc: 1\r\n";
    const ParseOutcome outcome = parse(text);
    ASSERT_FALSE(outcome.problem) << outcome.problem->reason;
    ASSERT_EQ(outcome.documents.size(), 2U);
    EXPECT_EQ(outcome.documents[0].root.find("a")->text, "x");
    EXPECT_EQ(outcome.documents[0].root.find("b")->text, "y\nz\n");
    EXPECT_EQ(outcome.documents[1].root.entries[0].mark.line, 6U);
    EXPECT_EQ(text.substr(outcome.documents[1].begin_byte), "---\r\nc: 1\r\n");
    EXPECT_EQ(problem_of("a: 1\r\nb: [\r\n").mark.line, 3U);
}

TEST(Yaml, ForeignCharactersAreRefusedWithTheirPlace) {
    struct Case {
        std::string_view text;
        Mark mark;
        std::string_view says;
    };
    using namespace std::literals;
    const Case cases[] = {
        {"a: 1\nb: x\0y\n"sv, {2, 5}, "U+0000"},
        {"a: 1\n\x04\nb: 2\n"sv, {2, 1}, "U+0004"},
        {"a: \"\x1B[0m\"\n"sv, {1, 5}, "U+001B"},
        {"a: \x7F\n"sv, {1, 4}, "U+007F"},
        {"a: 1\rb: 2\r"sv, {1, 5}, "carriage return"},
        {"a: 1\r"sv, {1, 5}, "carriage return"},
        {"a: \xE9t\xE9\n"sv, {1, 4}, "not UTF-8"},
        {"a: \xC3"sv, {1, 4}, "not UTF-8"},
        {"a: \xED\xA0\x80\n"sv, {1, 4}, "not UTF-8"},
        {"a: 1\n---\n\xEF\xBB\xBF"
         "b: 2\n"sv,
         {3, 1},
         "byte order mark"},
        {"\xFF\xFE"
         "a\0:\0"sv,
         {1, 1},
         "UTF-16"},
        {"\xFE\xFF\0a\0:"sv, {1, 1}, "UTF-16"},
        {"a\0:\0 \0"
         "1\0"sv,
         {1, 1},
         "UTF-16"},
        {"\0\0\0a"sv, {1, 1}, "UTF-16"},
    };
    for (const Case& one : cases) {
        const Problem problem = problem_of(one.text);
        EXPECT_EQ(problem.mark.line, one.mark.line) << problem.reason;
        EXPECT_EQ(problem.mark.column, one.mark.column) << problem.reason;
        EXPECT_NE(problem.reason.find(one.says), std::string::npos) << problem.reason;
    }
    EXPECT_EQ(root_of("a: \"\\x04\\r\t\"\nb: \xC3\xA9\xF0\x9F\x98\x80\n").find("a")->text,
              "\x04\r\t");
}

TEST(Yaml, AQuoteThatIsNotClosedIsRefused) {
    for (const std::string_view text :
         {"a: 'x\n", "a: \"x\\\"\n", "a: &k !!str 'x\nb: 1\n", "a: 'it''s\n", "a: \"x\n\n"}) {
        const Problem problem = problem_of(text);
        EXPECT_EQ(problem.mark.line, 1U) << text;
        EXPECT_NE(problem.reason.find("not closed"), std::string::npos) << problem.reason;
    }
    for (const std::string_view text : {"a: 'x'\n", "a: \"x\\\"\" # it's\n", "a: &k 'x\n  y'\n",
                                        "a: 'it''s'", "a: it's\n", "a: ''\n"})
        EXPECT_FALSE(parse(text).problem) << text;
}

TEST(Yaml, SyntaxErrorHasAPosition) {
    const Problem problem = problem_of("a: 1\nb: [1, 2\n");
    EXPECT_GE(problem.mark.line, 2U);
}

TEST(Yaml, DocumentsKnowTheirPartOfTheFile) {
    const std::string_view text = "a: 1\n---\nb: 2\n";
    const ParseOutcome outcome = parse(text);
    ASSERT_EQ(outcome.documents.size(), 2U);
    EXPECT_EQ(text.substr(outcome.documents[0].begin_byte, outcome.documents[0].end_byte),
              "a: 1\n");
    EXPECT_EQ(text.substr(outcome.documents[1].begin_byte), "---\nb: 2\n");
}

TEST(Yaml, ACommentBeforeTheFirstMarkerIsNoDocument) {
    const std::string_view text = "# é\n---\na: é\n---\nb: |\n  --- x\n---\n  \n---\nc: 3\n";
    const ParseOutcome outcome = parse(text);
    ASSERT_EQ(outcome.documents.size(), 4U);
    const std::string_view parts[] = {"# é\n---\na: é\n", "---\nb: |\n  --- x\n", "---\n  \n",
                                      "---\nc: 3\n"};
    for (std::size_t i = 0; i < 4; ++i) {
        const Document& document = outcome.documents[i];
        EXPECT_EQ(text.substr(document.begin_byte, document.end_byte - document.begin_byte),
                  parts[i]);
    }
}

TEST(Yaml, ScalarsFollowTheCoreSchema) {
    const Node root = root_of("[0x1f, +5, 1.5, yes, 'yes', 1e3, 007]");
    EXPECT_FALSE(root.items[0].as_integer());
    EXPECT_EQ(root.items[1].as_integer(), 5);
    EXPECT_EQ(root.items[2].as_number(), 1.5);
    EXPECT_EQ(root.items[3].as_boolean(), true);
    EXPECT_FALSE(root.items[4].as_boolean());
    EXPECT_EQ(root.items[5].as_number(), 1000.0);
    EXPECT_EQ(root.items[6].as_integer(), 7);
}

TEST(NearestWord, FindsTypingMistakesOnly) {
    const std::vector<std::string_view> known = {"contains", "startswith", "endswith"};
    EXPECT_EQ(nearest_word("contians", known), "contains");
    EXPECT_EQ(nearest_word("banana", known), "");
    const std::string longest(128, 'x');
    const std::string longer = longest + 'y';
    EXPECT_EQ(nearest_word(longer, {longest}), "") << "too long to compare";
    EXPECT_EQ(nearest_word(longest, {longer}), longer);
}

}  // namespace
}  // namespace persandian::yaml
