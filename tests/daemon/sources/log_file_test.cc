// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/sources/line_splitter.h"
#include "tests/support/temp_dir.h"

namespace persandian::sources::test {
namespace {

using persandian::test::TempDir;
using Strings = std::vector<std::string>;
using namespace std::string_literals;

struct ReadResult {
    Strings lines;
    std::vector<bool> truncated;
    LogCounters counters;
    std::string fault;
};

ReadResult read_all(const std::string& path, std::size_t max_line_bytes = 16'384) {
    LogFile file({.path = path, .index = 4, .max_line_bytes = max_line_bytes});
    file.open();
    ReadResult out;
    while (file.next({}) == LogSource::Next::line) {
        out.lines.emplace_back(file.line().text);
        out.truncated.push_back(file.line().truncated);
        EXPECT_EQ(file.line().number, out.lines.size());
        EXPECT_EQ(file.line().source, 4);
        EXPECT_EQ(file.line().source_name, path);
    }
    EXPECT_EQ(file.next({}), LogSource::Next::end);
    out.counters = file.counters();
    out.fault = file.fault();
    return out;
}

TEST(LogFile, LineEndsOfBothKindsAndALastLineWithoutOne) {
    const TempDir dir;
    const ReadResult result = read_all(dir.write("a.log", "one\r\ntwo\n\nfour\r\r\nfive"));
    EXPECT_EQ(result.lines, (Strings{"one", "two", "", "four\r", "five"}));
    EXPECT_EQ(result.counters.lines, 5U);
    EXPECT_EQ(result.counters.bytes, 21U);
    EXPECT_EQ(result.fault, "");
    EXPECT_TRUE(read_all(dir.write("empty.log", "")).lines.empty());
    EXPECT_EQ(read_all(dir.write("one.log", "\n")).lines, Strings{""});
}

TEST(LogFile, AllBytesSurvive) {
    const TempDir dir;
    const std::string odd = "a\0b\xff\xfe\x1b[0m"s;
    EXPECT_EQ(read_all(dir.write("a.log", odd + "\n")).lines, Strings{odd});
}

TEST(LogFile, LongLinesAreCutSaidAndCounted) {
    const TempDir dir;
    const std::string text = std::string(10, 'a') + "\n" + std::string(11, 'b') + "\n" +
                             std::string(200'000, 'c') + "\nshort\n" + std::string(300'000, 'd');
    const ReadResult result = read_all(dir.write("a.log", text), 10);
    EXPECT_EQ(result.lines, (Strings{std::string(10, 'a'), std::string(10, 'b'),
                                     std::string(10, 'c'), "short", std::string(10, 'd')}));
    EXPECT_EQ(result.truncated, (std::vector<bool>{false, true, true, false, true}));
    EXPECT_EQ(result.counters.truncated, 3U);
    EXPECT_EQ(result.counters.skipped_bytes, 1U + 199'990U + 299'990U);
    EXPECT_EQ(result.counters.bytes, text.size());
}

TEST(LogFile, GzipIsReadAndABrokenOneSaidSo) {
    const TempDir dir;
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
    const auto path = dir.write("a.log", text);
    ASSERT_EQ(std::system(("gzip -k " + path.string()).c_str()), 0);
    const ReadResult whole = read_all(path.string() + ".gz");
    EXPECT_EQ(whole.lines.size(), 20'000U);
    EXPECT_EQ(whole.fault, "");
    const std::string packed = persandian::test::read_file(path.string() + ".gz");
    const ReadResult cut = read_all(dir.write("cut.gz", packed.substr(0, packed.size() / 2)));
    EXPECT_GT(cut.lines.size(), 1'000U);
    EXPECT_LT(cut.lines.size(), 20'000U);
    EXPECT_NE(cut.fault, "");
}

TEST(LogFile, ReceivedIsWhenTheFileWasLastChanged) {
    const TempDir dir;
    const auto path = dir.write("a.log", "x\n");
    const timespec times[2] = {{1'700'000'000, 5}, {1'700'000'000, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    LogFile file({.path = path});
    file.open();
    ASSERT_EQ(file.next({}), LogSource::Next::line);
    EXPECT_EQ(file.line().received, Timestamp::from_seconds(1'700'000'000, 5));
    LogFile given({.path = path}, Timestamp::from_seconds(9));
    given.open();
    ASSERT_EQ(given.next({}), LogSource::Next::line);
    EXPECT_EQ(given.line().received, Timestamp::from_seconds(9));
}

TEST(LogFile, ReasonsForNotOpening) {
    const TempDir dir;
    LogFile missing({.path = (dir.path() / "none.log").string()});
    try {
        missing.open();
        FAIL() << "opened";
    } catch (const SourceError& error) {
        EXPECT_EQ(error.kind(), SourceError::Kind::not_found);
        EXPECT_EQ(error.remedy(), "check the path");
    }
    LogFile folder({.path = dir.path()});
    EXPECT_THROW(folder.open(), SourceError);
}

TEST(LineSplitter, AnyWayOfFeedingGivesTheSameLines) {
    const std::string text = "alpha\r\nbe\0ta\n\nxxxxxxxxxxxxxxxxxxxx\ngamma\r\nend"s;
    for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
        LineSplitter splitter(8);
        Strings lines;
        LineSplitter::Line line;
        for (std::size_t at = 0; at < text.size(); at += chunk) {
            const std::size_t count = std::min(chunk, text.size() - at);
            text.copy(splitter.space().data(), count, at);
            splitter.filled(count);
            while (splitter.next(line)) {
                lines.emplace_back(line.text);
                EXPECT_TRUE(splitter.delivered_bytes() == text.size() ||
                            text[splitter.delivered_bytes() - 1] == '\n');
            }
        }
        EXPECT_EQ(splitter.pending_bytes(), 3U);
        if (splitter.last(line)) lines.emplace_back(line.text);
        EXPECT_EQ(lines, (Strings{"alpha", "be\0ta"s, "", "xxxxxxxx", "gamma", "end"})) << chunk;
        EXPECT_EQ(splitter.delivered_bytes(), text.size());
        EXPECT_EQ(splitter.skipped_bytes(), 12U);
    }
}

}  // namespace
}  // namespace persandian::sources::test
