// SPDX-License-Identifier: Apache-2.0
//
// The public rules and their positive samples, when PERSANDIAN_SHARED_DATA names a folder with
// them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "detectors/logs/log_room.h"
#include "tests/detectors/sigma/rule_bench.h"
#include "tests/support/temp_dir.h"

namespace persandian::sigma::test {
namespace {

namespace fs = std::filesystem;

std::vector<SourceFile> files_below(const fs::path& folder) {
    std::vector<SourceFile> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".yml")
            files.push_back({entry.path().string(), persandian::test::read_file(entry.path())});
    return files;
}

LoadResult load_corpus(const fs::path& data) {
    std::vector<SourceFile> rules;
    for (const char* folder :
         {"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"})
        for (SourceFile& file : files_below(data / "sigma" / folder))
            rules.push_back(std::move(file));
    return load_rules(rules, files_below(persandian::test::source_dir() / "rules/logsources"));
}

/// Lines of a JSON file through parser and matcher; which rules fired per line.
class Replay : public EventSink, public FindingSink {
  public:
    explicit Replay(std::shared_ptr<const RuleSet> rules)
        : matcher_(make_matcher(std::move(rules))) {}
    void line(const std::string& text, std::uint64_t number) {
        LogLine line;
        line.text = text;
        line.format = "json";
        line.number = number;
        room_.on_line(line);
    }
    void on_event(const Event& event) override {
        expected_[event.origin().number] = event.text_of("_expect");
        number_ = event.origin().number;
        matcher_->match(event, *this);
    }
    void on_finding(Finding finding) override { fired_[number_].insert(finding.rule.id); }

    std::unique_ptr<Matcher> matcher_;
    logs::LogRoom room_{*this};
    std::uint64_t number_ = 0;
    std::map<std::uint64_t, std::string> expected_;
    std::map<std::uint64_t, std::set<std::string>> fired_;
};

TEST(PublicCorpus, LoadsAndEveryPositiveSampleFires) {
    const char* const data = std::getenv("PERSANDIAN_SHARED_DATA");
    if (data == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const LoadResult loaded = load_corpus(data);
    EXPECT_EQ(loaded.rules->rules().size(), 3755U);
    EXPECT_EQ(loaded.refused_count, 2U);
    for (const RuleProblem& problem : loaded.refused)
        EXPECT_NE(problem.reason.find("placeholder"), std::string::npos) << problem.to_string();

    Replay run(loaded.rules);
    std::ifstream file(fs::path(data) / "events/sigma_regression.jsonl");
    std::string text;
    for (std::uint64_t number = 1; std::getline(file, text); ++number) run.line(text, number);
    std::set<std::string> wanted;
    std::set<std::string> fired;
    for (const auto& [number, id] : run.expected_) {
        wanted.insert(id);
        if (run.fired_[number].contains(id)) fired.insert(id);
    }
    EXPECT_EQ(wanted.size(), 202U);
    EXPECT_EQ(fired, wanted);
}

}  // namespace
}  // namespace persandian::sigma::test
