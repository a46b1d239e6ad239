// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml.h"

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
}

}  // namespace
}  // namespace persandian::yaml
