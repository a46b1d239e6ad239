// SPDX-License-Identifier: Apache-2.0
//
// What is read again after a restart, and what is new: in doubt new, for a line that is taken for
// an old one is lost.
#include "daemon/runtime/followed_log.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

namespace fs = std::filesystem;
using sources::LogCursor;
using testing::ElementsAre;

void append(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

class FollowedLogTest : public testing::Test {
  protected:
    FollowedLogTest() : path_(folder_.path() / "app.log") {}

    void open(std::optional<LogCursor> begin = {}, std::optional<LogCursor> window = {}) {
        sources::LogTailOptions options;
        options.source.path = path_.string();
        options.rotation_grace = std::chrono::milliseconds(0);
        log_ = std::make_unique<FollowedLog>(options, begin, window);
        log_->open();
        is_new_ = !window;
    }
    /// What comes now; old lines in brackets.
    std::vector<std::string> lines() {
        std::vector<std::string> out;
        while (true) {
            const bool is_there = log_->next();
            is_new_ = log_->take_caught_up() || is_new_;
            if (!is_there) return out;
            const std::string text(log_->line().text);
            out.push_back(is_new_ ? text : "(" + text + ")");
        }
    }
    /// Where the line numbered from 1 ends, of lines of two bytes.
    LogCursor behind(std::uint64_t line) {
        FollowedLogTest::open();
        (void)lines();
        LogCursor place = *log_->newly_read(0);
        place.offset = 2 * line;
        return place;
    }

    test::TempDir folder_;
    fs::path path_;
    std::unique_ptr<FollowedLog> log_;
    bool is_new_ = true;
};

TEST_F(FollowedLogTest, ReadsAgainUpToWhereNewLinesBegin) {
    append(path_, "1\n2\n3\n4\n");
    const LogCursor window = behind(1);
    const LogCursor begin = behind(3);
    open(begin, window);
    EXPECT_THAT(lines(), ElementsAre("(2)", "(3)", "4"));
    EXPECT_EQ(log_->newly_read(0)->offset, 8U);
    EXPECT_FALSE(log_->newly_read(0)) << "told once";
}

TEST_F(FollowedLogTest, IsCaughtUpAtTheEndOfTheFileToo) {
    append(path_, "1\n2\n3\n");
    const LogCursor window = behind(0);
    const LogCursor begin = behind(3);
    open(begin, window);
    EXPECT_FALSE(log_->newly_read(0)) << "not while lines are read again";
    EXPECT_THAT(lines(), ElementsAre("(1)", "(2)", "(3)"));
    EXPECT_TRUE(is_new_);
    append(path_, "4\n");
    EXPECT_THAT(lines(), ElementsAre("4"));
}

TEST_F(FollowedLogTest, WithoutAWindowNothingIsReadAgain) {
    append(path_, "1\n2\n3\n");
    const LogCursor begin = behind(2);
    open(begin);
    EXPECT_THAT(lines(), ElementsAre("3"));
}

TEST_F(FollowedLogTest, AnotherFileAtThePathIsNew) {
    append(path_, "1\n2\n3\n");
    const LogCursor window = behind(1);
    const LogCursor begin = behind(2);
    log_.reset();
    fs::rename(path_, folder_.path() / "elsewhere");
    append(path_, "a\nb\nc\nd\n");
    open(begin, window);
    EXPECT_THAT(lines(), ElementsAre("a", "b", "c", "d"));
    EXPECT_TRUE(is_new_);
}

TEST_F(FollowedLogTest, OtherContentInTheSameFileIsNew) {
    for (const std::uint64_t line : {0U, 1U}) {
        fs::remove(path_);
        append(path_, "1\n2\n3\n");
        const LogCursor window = behind(line);
        const LogCursor begin = behind(3);
        log_.reset();
        fs::resize_file(path_, 0);
        append(path_, "a\nb\nc\nd\n");
        open(begin, window);
        EXPECT_THAT(lines(), ElementsAre("a", "b", "c", "d")) << line;
    }
}

TEST_F(FollowedLogTest, ContentThatChangesMeanwhileIsNew) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += "x\n";  // longer than what identifies a file
    append(path_, text);
    const LogCursor window = behind(1);
    const LogCursor begin = behind(300);
    open(begin, window);
    ASSERT_TRUE(log_->next());
    EXPECT_FALSE(log_->take_caught_up());
    (void)lines();  // to the end: all of it is new behind line 300
    open(begin, window);
    ASSERT_TRUE(log_->next());
    fs::resize_file(path_, 0);
    append(path_, "a\nb\n");
    const std::vector<std::string> rest = lines();
    ASSERT_GE(rest.size(), 2U);
    EXPECT_EQ(rest[rest.size() - 2], "a");
    EXPECT_EQ(rest.back(), "b");
}

TEST_F(FollowedLogTest, ARotatedFileIsReadToItsEndAndTheNextIsNew) {
    append(path_, "1\n2\n3\n");
    const LogCursor window = behind(0);
    const LogCursor begin = behind(2);
    log_.reset();
    fs::rename(path_, folder_.path() / "app.log.1");
    append(path_, "4\n");
    open(begin, window);
    EXPECT_THAT(lines(), ElementsAre("(1)", "(2)", "3", "4"));
}

TEST_F(FollowedLogTest, APlaceBehindLinesHeldBackIsNotTold) {
    append(path_, "1\n");
    open();
    (void)lines();
    EXPECT_EQ(log_->newly_read(0)->offset, 2U);
    append(path_, "2\n");
    (void)lines();
    EXPECT_FALSE(log_->newly_read(2)) << "line 2 is held back";
    append(path_, "3\n");
    (void)lines();
    EXPECT_EQ(log_->newly_read(3)->offset, 4U);
    EXPECT_EQ(log_->newly_read(0)->offset, 6U);
}

}  // namespace
}  // namespace persandian::runtime
