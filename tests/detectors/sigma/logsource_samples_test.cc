// SPDX-License-Identifier: Apache-2.0
//
// One line of input for each log source of the public rules (logsource_samples.yml), through
// parser, router and matcher: with rules of our own, and with the public ones when
// PERSANDIAN_SHARED_DATA names a folder with them.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/base/yaml.h"
#include "detectors/logs/log_room.h"
#include "tests/detectors/sigma/rule_bench.h"
#include "tests/support/temp_dir.h"

namespace persandian::sigma::test {
namespace {

namespace fs = std::filesystem;

struct Sample {
    std::string where;      ///< line of the table, for messages
    std::string logsource;  ///< as RuleInfo writes it
    std::string logsource_yaml;
    std::string public_rule;
    std::string own_item;
    std::string format;
    std::vector<std::string> lines;
};

std::string text_of(const yaml::Node& row, std::string_view key) {
    const yaml::Node* const node = row.find(key);
    return node == nullptr ? std::string() : node->text;
}

Sample to_sample(const yaml::Node& row) {
    Sample out;
    out.where = fmt::format("logsource_samples.yml:{}", row.mark.line);
    for (const char* part : {"product", "category", "service"}) {
        const std::string value = text_of(*row.find("logsource"), part);
        if (value.empty()) continue;
        const bool first = out.logsource.empty();
        out.logsource += fmt::format("{}{}={}", first ? "" : " ", part, value);
        out.logsource_yaml += fmt::format("{}{}: {}", first ? "" : ", ", part, value);
    }
    out.public_rule = text_of(row, "public");
    out.own_item = text_of(row, "own");
    out.format = text_of(row, "format");
    if (const yaml::Node* const lines = row.find("lines")) {
        for (const yaml::Node& line : lines->items) out.lines.push_back(line.text);
    } else {
        out.lines.push_back(text_of(row, "line"));
    }
    return out;
}

std::vector<Sample> samples() {
    const yaml::ParseOutcome parsed = yaml::parse(persandian::test::read_file(
        persandian::test::source_dir() / "tests/detectors/sigma/logsource_samples.yml"));
    std::vector<Sample> out;
    if (parsed.problem || parsed.documents.size() != 1) return out;
    for (const yaml::Node& row : parsed.documents[0].root.items) out.push_back(to_sample(row));
    return out;
}

std::vector<SourceFile> files_below(const fs::path& folder) {
    std::vector<SourceFile> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".yml")
            files.push_back({entry.path().string(), persandian::test::read_file(entry.path())});
    return files;
}

std::vector<SourceFile> own_logsources() {
    return files_below(persandian::test::source_dir() / "rules/logsources");
}

/// Ids of the rules that fire on any line of a sample.
class SampleRun : public EventSink, public FindingSink {
  public:
    explicit SampleRun(const std::shared_ptr<const RuleSet>& rules)
        : matcher_(make_matcher(rules)) {}

    std::set<std::string> fired(const Sample& sample) {
        ids_.clear();
        logs::LogRoom room(*this);
        std::uint64_t number = 0;
        for (const std::string& text : sample.lines) {
            LogLine line;
            line.text = text;
            line.format = sample.format;
            line.number = ++number;
            line.received = Timestamp::from_seconds(1'770'084'001);
            room.on_line(line);
        }
        room.finish();
        return ids_;
    }

    void on_event(const Event& event) override { matcher_->match(event, *this); }
    void on_finding(Finding finding) override { ids_.insert(finding.rule.id); }

  private:
    std::unique_ptr<Matcher> matcher_;
    std::set<std::string> ids_;
};

TEST(LogSourceSamples, RulesOfOurOwnFire) {
    const std::vector<Sample> table = samples();
    ASSERT_GT(table.size(), 100U);
    std::vector<SourceFile> rules;
    for (const Sample& sample : table)
        rules.push_back(
            {sample.where, fmt::format("title: t\nid: '{}'\nlogsource: {{{}}}\n"
                                       "detection:\n  s:\n    {}\n  condition: s\n",
                                       sample.where, sample.logsource_yaml, sample.own_item)});
    const LoadResult loaded = load_rules(rules, own_logsources());
    for (const RuleProblem& problem : loaded.refused) ADD_FAILURE() << problem.to_string();
    SampleRun run(loaded.rules);
    for (const Sample& sample : table)
        EXPECT_TRUE(run.fired(sample).contains(sample.where))
            << sample.where << ": " << sample.own_item << " does not hold for "
            << sample.lines.front();
}

TEST(LogSourceSamples, PublicRulesFire) {
    const char* const data = std::getenv("PERSANDIAN_SHARED_DATA");
    if (data == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const std::vector<Sample> table = samples();
    std::map<std::string, SourceFile> rules;
    for (const Sample& sample : table)
        rules[sample.public_rule] = {
            sample.public_rule,
            persandian::test::read_file(fs::path(data) / "sigma" / sample.public_rule)};
    std::vector<SourceFile> files;
    for (const auto& [path, file] : rules) files.push_back(file);
    const LoadResult loaded = load_rules(files, own_logsources());
    for (const RuleProblem& problem : loaded.refused) ADD_FAILURE() << problem.to_string();
    std::map<std::string, const RuleInfo*> by_path;
    for (const RuleInfo& info : loaded.rules->rules()) by_path[info.path] = &info;
    SampleRun run(loaded.rules);
    for (const Sample& sample : table) {
        ASSERT_TRUE(by_path.contains(sample.public_rule)) << sample.where;
        const RuleInfo& info = *by_path.at(sample.public_rule);
        EXPECT_EQ(info.logsource, sample.logsource) << sample.where;
        EXPECT_TRUE(run.fired(sample).contains(info.reference.id))
            << sample.where << ": " << sample.public_rule << " does not fire on "
            << sample.lines.front();
    }
}

TEST(LogSourceSamples, EveryLogSourceOfThePublicRulesIsFedAndHasASample) {
    const char* const data = std::getenv("PERSANDIAN_SHARED_DATA");
    if (data == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    // No input of ours carries the file events of that appliance.
    const std::string unfed = "product=paloalto category=file_event service=globalprotect";
    std::vector<SourceFile> rules;
    for (const char* folder :
         {"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"})
        for (SourceFile& file : files_below(fs::path(data) / "sigma" / folder))
            rules.push_back(std::move(file));
    std::set<std::string> sampled;
    for (const Sample& sample : samples()) sampled.insert(sample.logsource);
    const LoadResult loaded = load_rules(rules, own_logsources());
    ASSERT_GT(loaded.rules->rules().size(), 3000U);
    std::map<std::string, std::string> missing;
    for (const RuleInfo& info : loaded.rules->rules()) {
        EXPECT_EQ(info.fed, info.logsource != unfed) << info.path << ": " << info.logsource;
        if (info.fed && !sampled.contains(info.logsource)) missing[info.logsource] = info.path;
    }
    for (const auto& [logsource, path] : missing)
        ADD_FAILURE() << "no sample for " << logsource << ", as in " << path;
}

}  // namespace
}  // namespace persandian::sigma::test
