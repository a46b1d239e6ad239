// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::runtime {
namespace {

CommandLine parse(std::vector<std::string> words) {
    words.insert(words.begin(), "persandiand");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    return parse_command_line(static_cast<int>(words.size()), arguments.data());
}

TEST(CommandLine, LettersStandForSettings) {
    const CommandLine line = parse({"-i", "eth1", "-i", "eth2", "-S", "a", "-S", "b", "-s", "c",
                                    "-l", "/x/ledger", "--set", "user="});
    EXPECT_EQ(line.exit_code, -1);
    EXPECT_THAT(
        line.overrides,
        testing::ElementsAre("capture+=eth1", "capture+=eth2", "rules.paths=a", "rules.paths+=b",
                             "rules.extra-paths+=c", "ledger.directory=/x/ledger", "user="));
    EXPECT_EQ(line.config_file, "/etc/persandian/persandian.yaml");
    EXPECT_FALSE(line.test_only);
    EXPECT_FALSE(line.is_inspector);
}

TEST(CommandLine, AFolderThatIsRelativeIsMeantFromHere) {
    const CommandLine line = parse({"-T", "-c", "x.yaml", "-l", "ledger"});
    EXPECT_TRUE(line.test_only);
    EXPECT_EQ(line.config_file, "x.yaml");
    EXPECT_THAT(line.overrides, testing::ElementsAre("ledger.directory=" +
                                                     std::filesystem::absolute("ledger").string()));
}

TEST(CommandLine, MistakesAndHelpEndTheProgram) {
    EXPECT_EQ(parse({"--no-such-option"}).exit_code, 64);
    EXPECT_EQ(parse({"-c"}).exit_code, 64);
    EXPECT_EQ(parse({"--help"}).exit_code, 0);
    EXPECT_EQ(parse({"--version"}).exit_code, 0);
}

TEST(CommandLine, TheInspectorIsNamedByOneWordAlone) {
    EXPECT_TRUE(parse({"--inspector"}).is_inspector);
    EXPECT_EQ(parse({"--inspector", "-T"}).exit_code, 64);
}

}  // namespace
}  // namespace persandian::runtime
