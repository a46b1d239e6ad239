// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/stream_buffer.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace persandian::protocols {
namespace {

/// What comes out of `text` fed `step` bytes at a time: lines, '#' behind those that were cut.
std::vector<std::string> lines_of(std::string_view text, std::size_t step, std::size_t limit) {
    LineBuffer lines(limit);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size(); at += step) {
        ByteView bytes = as_bytes(text.substr(at, step));
        while (const auto line = lines.next(bytes))
            out.push_back(std::string(*line) + (lines.was_cut() ? "#" : ""));
        EXPECT_TRUE(bytes.empty());
    }
    out.push_back("rest:" + std::string(lines.pending()));
    return out;
}

TEST(LineBuffer, LinesAreTheSameHoweverTheyCome) {
    const std::string_view text = "satu\r\n\r\ndua\n1234567890abc\nlast\r";
    const std::vector<std::string> expected = {"satu", "", "dua", "12345678#", "rest:last\r"};
    for (std::size_t step = 1; step <= text.size(); ++step)
        EXPECT_EQ(lines_of(text, step, 8), expected) << step;
}

TEST(LineBuffer, EndlessLineHoldsNoMoreThanItsLimit) {
    LineBuffer lines(64);
    const std::string piece(1000, 'x');
    for (int i = 0; i < 100; ++i) {
        ByteView bytes = as_bytes(piece);
        EXPECT_FALSE(lines.next(bytes));
    }
    EXPECT_LE(lines.held_bytes(), 128U);
    ByteView end = as_bytes("\nnext\n");
    EXPECT_EQ(lines.next(end)->size(), 64U);
    EXPECT_EQ(lines.line_bytes(), 100'000U);
    EXPECT_EQ(lines.next(end), "next");
    EXPECT_FALSE(lines.was_cut());
}

TEST(LineBuffer, ClearForgetsTheLineAtWork) {
    LineBuffer lines(64);
    ByteView bytes = as_bytes("lost");
    EXPECT_FALSE(lines.next(bytes));
    lines.clear();
    ByteView more = as_bytes("kept\n");
    EXPECT_EQ(lines.next(more), "kept");
}

/// Messages of an octet of length and as many bytes; 'S' and a digit skip that many bytes.
std::vector<std::string> messages_of(std::string_view text, std::size_t step) {
    MessageBuffer messages;
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size(); at += step) {
        ByteView bytes = as_bytes(text.substr(at, step));
        while (messages.skipped(bytes)) {
            const auto head = messages.peek(1, bytes);
            if (!head) break;
            const std::size_t size = std::to_integer<std::size_t>((*head)[0]) - '0';
            const auto whole = messages.take(1 + size, bytes);
            if (!whole) break;
            out.emplace_back(as_text(whole->subspan(1)));
            if (out.back().starts_with('S'))
                messages.skip(std::uint64_t(out.back()[1]) - std::uint64_t{'0'});
        }
        EXPECT_TRUE(bytes.empty());
    }
    return out;
}

TEST(MessageBuffer, MessagesAreTheSameHoweverTheyCome) {
    const std::string_view text = "3abc01x2S5skipp4dcba5part";
    const std::vector<std::string> expected = {"abc", "", "x", "S5", "dcba"};
    for (std::size_t step = 1; step <= text.size(); ++step)
        EXPECT_EQ(messages_of(text, step), expected) << step;
}

TEST(MessageBuffer, GapWithinWhatIsSkippedIsNoLoss) {
    MessageBuffer messages;
    messages.skip(10);
    EXPECT_TRUE(messages.skip_gap(4));
    ByteView bytes = as_bytes("123456next");
    EXPECT_TRUE(messages.skipped(bytes));
    EXPECT_EQ(as_text(bytes), "next");
    EXPECT_FALSE(messages.skip_gap(1));
}

TEST(MessageBuffer, PendingIsWhatHasBegun) {
    MessageBuffer messages;
    ByteView bytes = as_bytes("ab");
    EXPECT_FALSE(messages.take(3, bytes));
    EXPECT_TRUE(messages.is_pending());
    ByteView more = as_bytes("c");
    EXPECT_EQ(as_text(*messages.take(3, more)), "abc");
    EXPECT_FALSE(messages.is_pending());
}

}  // namespace
}  // namespace persandian::protocols
