// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/rule_files.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace persandian::config {
namespace {

TEST(RuleFiles, FindsRulesSortedAndLeavesSamplesOut) {
    const test::TempDir dir;
    dir.write("b/two.yml", "2");
    dir.write("a/one.yaml", "1");
    dir.write("a/one.test.yml", "sample");
    dir.write("a/.hidden.yml", "hidden");
    dir.write("a/readme.md", "text");
    dir.write("logsources/mine.yml", "map");
    const RuleFiles files = read_rule_files({dir.path()});
    ASSERT_EQ(files.rules.size(), 2U);
    EXPECT_EQ(files.rules[0].text, "1");
    EXPECT_EQ(files.rules[1].text, "2");
    ASSERT_FALSE(files.logsources.empty());
    EXPECT_EQ(files.logsources.back().text, "map");
}

TEST(RuleFiles, MissingFolderIsNamed) {
    try {
        (void)read_rule_files({"/nonexistent/rules"});
        FAIL() << "must throw";
    } catch (const UnreadableFile& error) {
        EXPECT_NE(std::string(error.what()).find("/nonexistent/rules"), std::string::npos);
    }
}

std::string reason_for(const std::filesystem::path& path) {
    try {
        (void)read_rule_files({path});
    } catch (const UnreadableFile& error) {
        return error.what();
    }
    return "read";
}

TEST(RuleFiles, AFileWithoutEndIsNotReadToIt) {
    EXPECT_NE(reason_for("/dev/zero").find("/dev/zero: larger than"), std::string::npos);
    const test::TempDir dir;
    const auto most = dir.write("most.yml", std::string(max_text_file_bytes, ' '));
    EXPECT_EQ(read_text_file(most).size(), max_text_file_bytes);
}

TEST(RuleFiles, WhatCannotBeLookedAtIsNamed) {
    const test::TempDir dir;
    const auto circle = dir.path() / "circle";
    std::filesystem::create_symlink("circle", circle);
    const std::string reason = reason_for(circle);
    EXPECT_NE(reason.find("circle: Too many levels"), std::string::npos) << reason;
    EXPECT_THROW((void)is_folder(circle / "rules"), UnreadableFile);
    EXPECT_FALSE(is_folder(dir.path() / "nothing"));
    EXPECT_TRUE(is_folder(dir.path()));
}

TEST(RuleFiles, LinksThatLeadBackAreNamed) {
    const test::TempDir dir;
    dir.write("a/one.yml", "1");
    std::filesystem::create_directory_symlink("..", dir.path() / "a/back");
    const std::string reason = reason_for(dir.path());
    EXPECT_NE(reason.find("a/back"), std::string::npos) << reason;
    EXPECT_NE(reason.find("symbolic links"), std::string::npos) << reason;
}

TEST(RuleFiles, SingleFileMayBeGiven) {
    const test::TempDir dir;
    const auto path = dir.write("one.yml", "1");
    EXPECT_EQ(read_rule_files({path}).rules.size(), 1U);
}

TEST(SuppressionFiles, AreThoseOfTheFolderSortedAndOthersLeftOut) {
    const test::TempDir dir;
    dir.write("b.yml", "2");
    dir.write("a.yaml", "1");
    dir.write("note.txt", "text");
    dir.write(".hidden.yml", "hidden");
    dir.write("below/c.yml", "3");
    const std::vector<TextFile> files = read_suppression_files(dir.path());
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].text, "1");
    EXPECT_EQ(files[1].path, (dir.path() / "b.yml").string());
    EXPECT_EQ(read_suppression_files(dir.path() / "b.yml").size(), 1U);
    EXPECT_THROW((void)read_suppression_files(dir.path() / "nothing"), UnreadableFile);
}

}  // namespace
}  // namespace persandian::config
