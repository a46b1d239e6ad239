// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/log_tail.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace persandian::sources::test {
namespace {

namespace fs = std::filesystem;
using persandian::test::TempDir;
using Strings = std::vector<std::string>;
using std::chrono::milliseconds;

void append(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

/// A followed file in a folder of its own; the steps of a test write, then look.
class LogTailTest : public testing::Test {
  protected:
    LogTailTest() : log_(dir_.path() / "app.log"), store_((dir_.path() / "cursors").string()) {}

    void follow(bool from_start = true, milliseconds grace = milliseconds(0)) {
        tail_.reset();
        store_.load();
        tail_.emplace(LogTailOptions{.source = {.path = log_.string()},
                                     .from_start = from_start,
                                     .rotation_grace = grace,
                                     .poll_interval = milliseconds(5)},
                      store_);
        tail_->open();
    }

    /// All lines there are now, without waiting.
    Strings lines() {
        Strings out;
        while (out.size() < 1000 && tail_->next({}) == LogSource::Next::line)
            out.emplace_back(tail_->line().text);
        return out;
    }

    void acknowledge() { ASSERT_TRUE(tail_->acknowledge(*tail_->cursor()).has_value()); }

    TempDir dir_;
    fs::path log_;
    CursorStore store_;
    std::optional<LogTail> tail_;
};

TEST_F(LogTailTest, NewLinesComeAsTheyAreWritten) {
    append(log_, "one\n");
    follow();
    EXPECT_EQ(lines(), Strings{"one"});
    append(log_, "two\nthree\n");
    EXPECT_EQ(lines(), (Strings{"two", "three"}));
    EXPECT_EQ(tail_->line().number, 3U);
    EXPECT_EQ(tail_->counters().lines, 3U);
    EXPECT_EQ(tail_->counters().bytes, 14U);
    EXPECT_EQ(tail_->counters().rotations, 0U);
}

TEST_F(LogTailTest, ATornLineWaitsForItsEnd) {
    append(log_, "be");
    follow();
    EXPECT_EQ(lines(), Strings{});
    append(log_, "gin");
    EXPECT_EQ(lines(), Strings{});
    append(log_, "ning\nnext");
    EXPECT_EQ(lines(), Strings{"beginning"});
    EXPECT_EQ(tail_->cursor()->offset, 10U);
}

TEST_F(LogTailTest, RenameAndCreateIsReadToTheEndAndThenTheNewFile) {
    append(log_, "1\n");
    follow();
    EXPECT_EQ(lines(), Strings{"1"});
    append(log_, "2\n");
    fs::rename(log_, dir_.path() / "app.log.1");
    append(dir_.path() / "app.log.1", "3\nunfinished");
    append(log_, "4\n");
    EXPECT_EQ(lines(), (Strings{"2", "3", "unfinished", "4"}));
    EXPECT_EQ(tail_->counters().rotations, 1U);
    EXPECT_EQ(tail_->counters().lost, 0U);
}

TEST_F(LogTailTest, TheOldFileIsGivenTimeForLateWriters) {
    append(log_, "1\n");
    follow(true, milliseconds(60'000));
    EXPECT_EQ(lines(), Strings{"1"});
    fs::rename(log_, dir_.path() / "app.log.1");
    append(log_, "new\n");
    EXPECT_EQ(lines(), Strings{});
    append(dir_.path() / "app.log.1", "late\n");
    EXPECT_EQ(lines(), Strings{"late"});
}

TEST_F(LogTailTest, TwoRotationsBetweenTwoLooksLoseNothing) {
    append(log_, "1\n");
    follow();
    EXPECT_EQ(lines(), Strings{"1"});
    append(log_, "2\n");
    fs::rename(log_, dir_.path() / "app.log.2");
    append(dir_.path() / "app.log.1", "3\n4\n");
    append(log_, "5\n");
    EXPECT_EQ(lines(), (Strings{"2", "3", "4", "5"}));
    EXPECT_EQ(tail_->counters().lost, 0U);
}

TEST_F(LogTailTest, CopyTruncateStartsAgain) {
    append(log_, "first\nsecond\n");
    follow();
    EXPECT_EQ(lines(), (Strings{"first", "second"}));
    fs::copy_file(log_, dir_.path() / "app.log.1");
    fs::resize_file(log_, 0);
    EXPECT_EQ(lines(), Strings{});
    append(log_, "third\n");
    EXPECT_EQ(lines(), Strings{"third"});
    EXPECT_EQ(tail_->counters().rotations, 1U);
    EXPECT_EQ(tail_->counters().lost, 1U) << "lines between our look and the truncation";
}

TEST_F(LogTailTest, CopyTruncateThatGrewPastOurPlaceIsNoticed) {
    append(log_, "first\n");
    follow();
    EXPECT_EQ(lines(), Strings{"first"});
    fs::resize_file(log_, 0);
    append(log_, "a longer line than before\nand more\n");
    EXPECT_EQ(lines(), (Strings{"a longer line than before", "and more"}));
    EXPECT_EQ(tail_->counters().rotations, 1U);
}

TEST_F(LogTailTest, CopyTruncateDeliversTheTornLineFirst) {
    append(log_, "first\ntorn");
    follow();
    EXPECT_EQ(lines(), Strings{"first"});
    fs::resize_file(log_, 0);
    append(log_, "x\n");
    EXPECT_EQ(lines(), (Strings{"torn", "x"}));
}

TEST_F(LogTailTest, ASymbolicLinkThatIsPointedElsewhereIsFollowed) {
    const fs::path a = dir_.write("day-1", "1\n");
    const fs::path b = dir_.write("day-2", "3\n");
    fs::create_symlink(a, log_);
    follow();
    EXPECT_EQ(lines(), Strings{"1"});
    append(a, "2\n");
    fs::remove(log_);
    fs::create_symlink(b, log_);
    EXPECT_EQ(lines(), (Strings{"2", "3"}));
    EXPECT_EQ(tail_->counters().rotations, 1U);
}

TEST_F(LogTailTest, AFileDeletedAndMadeLaterIsReadFromItsBeginning) {
    append(log_, "1\n");
    follow();
    EXPECT_EQ(lines(), Strings{"1"});
    fs::remove(log_);
    EXPECT_EQ(lines(), Strings{});
    append(log_, "2\n");
    EXPECT_EQ(lines(), Strings{"2"});
}

TEST_F(LogTailTest, AFileThatDoesNotExistYetIsWaitedFor) {
    follow();
    EXPECT_EQ(lines(), Strings{});
    ASSERT_TRUE(tail_->cursor().has_value());
    EXPECT_TRUE(tail_->cursor()->is_absent());
    append(log_, "1\n");
    EXPECT_EQ(lines(), Strings{"1"});
    EXPECT_FALSE(tail_->cursor()->is_absent());
    LogTail elsewhere({.source = {.path = "/nonexistent-folder/app.log"}}, store_);
    EXPECT_THROW(elsewhere.open(), SourceError);
    LogTail folder({.source = {.path = dir_.path().string()}}, store_);
    EXPECT_THROW(folder.open(), SourceError);
}

TEST_F(LogTailTest, TheEndIsWhereItBeginsWhenAsked) {
    append(log_, "old\n");
    follow(false);
    EXPECT_EQ(lines(), Strings{});
    append(log_, "new\n");
    EXPECT_EQ(lines(), Strings{"new"});
}

TEST_F(LogTailTest, AFileMadeWhileNobodyLooksIsReadFromItsBeginning) {
    follow(false);
    acknowledge();  // "nothing there yet"
    append(log_, "1\n");
    follow(false);
    EXPECT_EQ(lines(), Strings{"1"});
    EXPECT_EQ(tail_->counters().lost, 0U);
    EXPECT_EQ(tail_->counters().rotations, 0U);
    EXPECT_EQ(tail_->cursor()->offset, 2U);
}

TEST_F(LogTailTest, AFileMadeAndRotatedWhileNobodyLooksIsReadFirst) {
    append(dir_.path() / "app.log.9", "of old\n");
    fs::last_write_time(dir_.path() / "app.log.9",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    follow(false);
    acknowledge();
    tail_.reset();
    append(log_, "1\n");
    fs::rename(log_, dir_.path() / "app.log.1");
    append(log_, "2\n");
    follow(false);
    acknowledge();  // still nothing delivered: a second crash changes nothing
    follow(false);
    EXPECT_EQ(lines(), (Strings{"1", "2"}));
    EXPECT_EQ(tail_->counters().lost, 0U);
}

TEST_F(LogTailTest, AFileMadeRightAfterLookingIsNotOlderThanTheLook) {
    for (int round = 0; round < 200;
         ++round) {  // the clock of files is coarser than a round is long
        follow();
        const std::int64_t looked_ns = tail_->cursor()->changed_ns;
        append(log_, "1\n");
        ASSERT_GE(identify(log_.string())->changed_ns, looked_ns) << "round " << round;
        fs::remove(log_);
    }
}

TEST_F(LogTailTest, ARestartContinuesAfterTheLastAcknowledgedLine) {
    append(log_, "1\n2\n3\n");
    follow();
    ASSERT_EQ(tail_->next({}), LogSource::Next::line);
    acknowledge();
    ASSERT_EQ(tail_->next({}), LogSource::Next::line);
    EXPECT_EQ(tail_->line().text, "2");
    follow();  // "2" was never acknowledged: it comes again
    EXPECT_EQ(lines(), (Strings{"2", "3"}));
    acknowledge();
    append(log_, "4\n");
    follow();
    EXPECT_EQ(lines(), Strings{"4"});
    EXPECT_EQ(tail_->counters().rotations, 0U);
}

TEST_F(LogTailTest, ARestartAfterARotationReadsTheRestOfTheOldFileFirst) {
    append(log_, "1\n2\n");
    follow();
    ASSERT_EQ(tail_->next({}), LogSource::Next::line);
    acknowledge();
    tail_.reset();
    fs::rename(log_, dir_.path() / "app.log.1");
    append(log_, "3\n");
    follow();
    EXPECT_EQ(lines(), (Strings{"2", "3"}));
    EXPECT_EQ(tail_->counters().lost, 0U);
}

TEST_F(LogTailTest, ARestartAfterTheOldFileWasPackedSaysThatLinesMayBeLost) {
    append(log_, "1\n2\n");
    follow();
    ASSERT_EQ(tail_->next({}), LogSource::Next::line);
    acknowledge();
    tail_.reset();
    fs::rename(log_, dir_.path() / "app.log.2");
    ASSERT_EQ(std::system(("gzip " + (dir_.path() / "app.log.2").string()).c_str()), 0);
    append(dir_.path() / "app.log.1", "3\n");
    append(log_, "4\n");
    follow();
    EXPECT_EQ(lines(), (Strings{"3", "4"}));
    EXPECT_GE(tail_->counters().lost, 1U);
}

TEST_F(LogTailTest, ARestartOnAFileWithOtherContentStartsAtItsBeginning) {
    append(log_, "first\nsecond\n");
    follow();
    (void)lines();
    acknowledge();
    tail_.reset();
    fs::resize_file(log_, 0);
    append(log_, "other content, longer than the old\n");
    follow();
    EXPECT_EQ(lines(), Strings{"other content, longer than the old"});
    EXPECT_EQ(tail_->counters().lost, 1U);
}

TEST_F(LogTailTest, LongLinesAreCutAndTheCursorStaysAtLineBeginnings) {
    tail_.emplace(LogTailOptions{.source = {.path = log_.string(), .max_line_bytes = 8},
                                 .rotation_grace = milliseconds(0)},
                  store_);
    append(log_, std::string(100'000, 'x'));
    tail_->open();
    EXPECT_EQ(lines(), Strings{});
    EXPECT_EQ(tail_->cursor()->offset, 0U);
    append(log_, "\nnext\n");
    EXPECT_EQ(lines(), (Strings{"xxxxxxxx", "next"}));
    EXPECT_EQ(tail_->cursor()->offset, 100'006U);
    EXPECT_EQ(tail_->counters().truncated, 1U);
    EXPECT_EQ(tail_->counters().skipped_bytes, 99'992U);
}

TEST_F(LogTailTest, AWriterWakesTheReader) {
    append(log_, "");
    follow();
    EXPECT_EQ(lines(), Strings{});
    std::thread writer([&] { append(log_, "hello\n"); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    EXPECT_EQ(tail_->next(deadline), LogSource::Next::line);
    writer.join();
    EXPECT_EQ(tail_->line().text, "hello");
}

TEST(CursorStore, CursorsSurviveAndDamageIsRefused) {
    const TempDir dir;
    const std::string path = (dir.path() / "cursors").string();
    CursorStore store(path);
    store.load();
    EXPECT_FALSE(store.find("/var/log/a").has_value());
    const LogCursor cursor{.device = 1,
                           .inode = 2,
                           .offset = 3,
                           .changed_ns = -4,
                           .head_bytes = 5,
                           .head = sha256(as_bytes("x"))};
    store.put("/var/log/a b", cursor);
    store.put("c", {});
    ASSERT_TRUE(store.save().has_value());
    CursorStore again(path);
    again.load();
    EXPECT_EQ(again.find("/var/log/a b"), cursor);
    EXPECT_EQ(again.find("c"), LogCursor{});
    EXPECT_FALSE(fs::exists(path + ".new"));
    const std::string text = persandian::test::read_file(path);
    for (const std::string& damaged :
         {text.substr(0, text.size() - 3), "x" + text, text + "1 2 3\n", std::string("\n")}) {
        dir.write("cursors", damaged);
        EXPECT_THROW(again.load(), SourceError) << damaged;
    }
    CursorStore nowhere((dir.path() / "none" / "cursors").string());
    EXPECT_FALSE(nowhere.save().has_value());
}

}  // namespace
}  // namespace persandian::sources::test
