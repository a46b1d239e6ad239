// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

std::string rule(const std::string& id, const std::string& more = "") {
    return "title: t\nid: " + id + "\n" + more +
           "logsource: {product: test}\ndetection:\n  s: {a: 1}\n  condition: s\n";
}

std::string problems(const std::vector<std::string>& texts) {
    std::string out;
    for (const RuleProblem& problem : load(texts).refused) out += problem.to_string() + "\n";
    return out;
}

TEST(LoadRules, AFileMayHoldSeveralDocuments) {
    const LoadResult loaded = load({"---\n" + rule("a") + "---\n" + rule("b")});
    EXPECT_TRUE(loaded.refused.empty());
    ASSERT_EQ(loaded.rules->rules().size(), 2U);
    EXPECT_NE(loaded.rules->find("b"), nullptr);
    EXPECT_EQ(loaded.rules->find("c"), nullptr);
    EXPECT_NE(loaded.rules->rules()[0].reference.version,
              loaded.rules->rules()[1].reference.version);
}

TEST(LoadRules, OneBadRuleDoesNotTakeOthersAlong) {
    const LoadResult loaded = load({rule("a") + "---\n" + rule("b", "level: hihg\n")});
    EXPECT_EQ(loaded.rules->rules().size(), 1U);
    EXPECT_EQ(loaded.refused_count, 1U);
    EXPECT_EQ(loaded.refused[0].to_string(),
              "rule0.yml:10:8: unknown level 'hihg'; did you mean 'high'?");
}

TEST(LoadRules, TheSecondOfTwoEqualIdsIsRefusedAndNamesTheFirst) {
    EXPECT_THAT(problems({rule("a"), rule("a")}),
                HasSubstr("rule1.yml:1:1: the id 'a' is already used by the rule at rule0.yml:1"));
    EXPECT_THAT(problems({rule("a", "name: n\n"), rule("b", "name: n\n")}),
                HasSubstr("the name 'n' is already used"));
}

TEST(LoadRules, WrongDocumentsSayWhatIsMissing) {
    EXPECT_THAT(problems({"title: t\ndetecton: {}\n"}), HasSubstr("did you mean 'detection'"));
    EXPECT_THAT(problems({"- 1\n"}), HasSubstr("a rule must be a map"));
    EXPECT_THAT(problems({"title: [\n"}), HasSubstr("not valid YAML"));
    EXPECT_THAT(problems({"title: t\nid: a\ndetection:\n  s: {a: 1}\n  condition: s\n"}),
                HasSubstr("needs a logsource"));
    EXPECT_THAT(problems({"id: a\nlogsource: {product: x}\ndetection:\n  s: {a: 1}\n"
                          "  condition: s\n"}),
                HasSubstr("needs a title"));
    EXPECT_THAT(problems({rule("a", "status: tested\n")}), HasSubstr("unknown status 'tested'"));
    EXPECT_THAT(problems({rule("a", "taxonomy: ecs\n")}), HasSubstr("taxonomy 'ecs'"));
    EXPECT_THAT(problems({"action: global\ntitle: t\n"}), HasSubstr("removed from Sigma 2"));
}

TEST(LoadRules, TimeframesNameTheModernForm) {
    EXPECT_THAT(problems({"title: t\nid: a\nlogsource: {product: x}\ndetection:\n  s: {a: 1}\n"
                          "  timeframe: 5m\n  condition: s\n"}),
                HasSubstr("rule0.yml:6:14: timeframe belonged to aggregations"));
}

TEST(LoadRules, MetadataAndOurOwnBlockAreKept) {
    const LoadResult loaded = load({rule(
        "a",
        "name: n\nlevel: high\nauthor: A\nstatus: test\ntags: [attack.t1190]\nreferences: [r]\n"
        "falsepositives: [f]\ncustom: kept\npersandian:\n  title: {id: judul, en: title}\n"
        "  explanation: {id: sebab, en: why}\n  next_steps: {id: [satu], en: [one]}\n"
        "  category: web\n")});
    ASSERT_TRUE(loaded.refused.empty());
    const RuleInfo& info = loaded.rules->rules()[0];
    EXPECT_EQ(info.reference.level, Level::high);
    EXPECT_EQ(info.author, "A");
    EXPECT_THAT(info.reference.tags, testing::ElementsAre("attack.t1190"));
    EXPECT_EQ(info.title.id, "judul");
    EXPECT_EQ(info.explanation.en, "why");
    ASSERT_EQ(info.next_steps.size(), 1U);
    EXPECT_EQ(info.next_steps[0].id, "satu");
    EXPECT_THAT(info.labels, testing::ElementsAre(testing::Pair("category", "web")));
    EXPECT_EQ(loaded.rules->find("n"), &info);
    EXPECT_EQ(info.logsource, "product=test");
    EXPECT_FALSE(info.fed);
}

TEST(LoadRules, MistypedKeysOfOurBlockAreRefused) {
    EXPECT_THAT(problems({rule("a", "persandian: {explanaton: {id: x, en: y}}\n")}),
                HasSubstr("did you mean 'explanation'?"));
    EXPECT_THAT(problems({rule("a", "persandian: {next_steps: {id: [x], en: []}}\n")}),
                HasSubstr("must correspond"));
}

TEST(LoadRules, TheVersionChangesWithAnyInput) {
    const Digest first = load({rule("a")}).rules->version();
    EXPECT_EQ(first, load({rule("a")}).rules->version());
    EXPECT_NE(first, load({rule("b")}).rules->version());
    EXPECT_NE(first, load({rule("a")}, {}, {"logsources: [{product: x}]\n"}).rules->version());
}

TEST(LoadRules, UnusedSelectionsAreWarnedOf) {
    const LoadResult loaded = load({rule_text("  s: {a: 1}\n  t: {b: 1}\n  condition: s\n")});
    ASSERT_EQ(loaded.warnings.size(), 1U);
    EXPECT_THAT(loaded.warnings[0].reason, HasSubstr("'t' is not used"));
}

}  // namespace
}  // namespace persandian::sigma::test
