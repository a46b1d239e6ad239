// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/transferred_file.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/event/file_fields.h"

namespace persandian::protocols {
namespace {

class OneEvent final : public EventEmitter {
  public:
    explicit OneEvent(std::span<const Field* const> wanted) : EventEmitter(wanted) {}
    Event& begin(std::string_view kind, flow::Direction, Timestamp time) override {
        event.reset(kind, time);
        return event;
    }
    void commit() override {
        ++commits;
        type = event.type();
        sha256 = event.text_of("fileinfo.sha256");
        state = event.text_of("fileinfo.state");
        size = event.text_of("fileinfo.size");
        magic_word = event.text_of("fileinfo.magic");
    }
    void anomaly(const ParseProblem&, flow::Direction, Timestamp) override {}
    void announce(Announcement, Timestamp) override {}
    std::string magic(ByteView head) override { return "magic of " + std::string(as_text(head)); }

    Event event;
    int commits = 0;
    std::string type, sha256, state, size, magic_word;
};

constexpr std::array<const Field*, 2> dear = {&fields::fileinfo_sha256, &fields::fileinfo_magic};

TEST(TransferredFile, WholeFileHasItsHash) {
    OneEvent out(dear);
    TransferredFile file(out, "abc.txt");
    file.add(as_bytes("a"));
    file.add(as_bytes("bc"));
    file.finish(out, flow::Direction::to_client, {}, true);
    EXPECT_EQ(out.type, "fileinfo");
    // FIPS 180-4, example of one block
    EXPECT_EQ(out.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(out.state, "CLOSED");
    EXPECT_EQ(out.size, "3");
    EXPECT_EQ(out.magic_word, "magic of abc");
}

TEST(TransferredFile, WhatIsNotWholeHasNoHash) {
    OneEvent out(dear);
    TransferredFile cut(out, "cut");
    cut.add(as_bytes("abc"));
    cut.finish(out, flow::Direction::to_client, {}, false);
    EXPECT_EQ(out.state, "TRUNCATED");
    EXPECT_EQ(out.sha256, "");
    TransferredFile holes(out, "holes");
    holes.add(as_bytes("a"));
    holes.lose(1);
    holes.add(as_bytes("c"));
    holes.finish(out, flow::Direction::to_client, {}, true);
    EXPECT_EQ(out.sha256, "");
    EXPECT_EQ(out.size, "2");
    EXPECT_EQ(out.magic_word, "magic of a");
}

TEST(TransferredFile, NothingWithoutNameIsNoFile) {
    OneEvent out(dear);
    TransferredFile(out).finish(out, flow::Direction::to_client, {}, true);
    EXPECT_EQ(out.commits, 0);
}

TEST(TransferredFile, NobodyPaysForWhatNobodyReads) {
    OneEvent out({});
    TransferredFile file(out, "a");
    file.add(as_bytes(std::string(10'000, 'x')));
    EXPECT_LT(file.held_bytes(), 1000U);
    file.finish(out, flow::Direction::to_client, {}, true);
    EXPECT_EQ(out.sha256, "");
    EXPECT_EQ(out.magic_word, "");
}

}  // namespace
}  // namespace persandian::protocols
