// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/run_scanner.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace persandian::sigma {
namespace {

std::string small_letters(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

TEST(RunScanner, FindsARunWhereverItStandsAndHoweverItIsWritten) {
    const std::vector<std::string> runs = {"lsadump::", "eo.oe.kiwi", "abc"};
    const RunScanner scanner(runs);
    for (std::size_t before = 0; before < 70; ++before)
        for (std::size_t after = 0; after < 70; after += 3)
            for (const std::string written : {"lsadump::", "LsaDump::", "EO.OE.KIWI", "aBc"})
                EXPECT_TRUE(
                    scanner.look_at(std::string(before, 'x') + written + std::string(after, ':'))
                        .has_run)
                    << before << written << after;
    EXPECT_FALSE(scanner.look_at("lsadump:").has_run);
    EXPECT_FALSE(scanner.look_at("").has_run);
    EXPECT_FALSE(scanner.look_at("ab").has_run);
    EXPECT_FALSE(RunScanner().look_at("abc").has_run);
}

TEST(RunScanner, AgreesWithASearchOneByOne) {
    std::mt19937 random(5);
    const std::string letters = "aAbB:.\\u\x80";
    const auto text = [&](std::size_t size, std::size_t kinds) {
        std::string out;
        while (out.size() < size) out += letters[random() % kinds];
        return out;
    };
    std::size_t found = 0;
    std::size_t missed = 0;
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::string> runs(random() % (RunScanner::max_runs / 8));
        for (std::string& run : runs) run = small_letters(text(3 + random() % 12, 6));
        const RunScanner scanner(runs);
        const std::string line = text(random() % 150, letters.size());
        const std::string folded = small_letters(line);
        const RunScanner::Sight sight = scanner.look_at(line);
        const bool stands = std::any_of(runs.begin(), runs.end(), [&](const std::string& run) {
            return folded.find(run) != std::string::npos;
        });
        ASSERT_EQ(sight.has_run, stands) << line;
        ASSERT_EQ(sight.has_backslash_u, line.find("\\u") != std::string::npos) << line;
        ASSERT_EQ(sight.is_ascii, line.find('\x80') == std::string::npos) << line;
        ++(stands ? found : missed);
    }
    EXPECT_GT(found, 300U);
    EXPECT_GT(missed, 300U);
}

TEST(RunScanner, AsManyRunsAsItTakes) {
    std::vector<std::string> runs;
    for (std::size_t i = 0; i < RunScanner::max_runs; ++i)
        runs.push_back("run " + std::to_string(1000 + i));
    const RunScanner scanner(runs);
    for (const std::string& run : runs)
        EXPECT_TRUE(
            scanner.look_at("some words and " + run + ", then more of the same words.").has_run);
    EXPECT_FALSE(scanner.look_at("some words and run 2000, then more of the same words.").has_run);
}

}  // namespace
}  // namespace persandian::sigma
