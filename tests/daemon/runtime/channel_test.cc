// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/channel.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {

struct Ends {
    Ends() {
        std::array<int, 2> fds{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
        near.emplace(FileDescriptor(fds[0]));
        far.emplace(FileDescriptor(fds[1]));
    }
    std::optional<Channel> near;
    std::optional<Channel> far;
};

Channel::Receive receive(Channel& channel, std::optional<Message>& message) {
    Error error;
    return channel.receive(message, error);
}

TEST(Channel, MessagesArriveWholeAndInOrder) {
    Ends ends;
    ASSERT_TRUE(ends.near->send(Note{2, "first"}));
    ASSERT_TRUE(ends.near->send(Drain{}));
    std::optional<Message> message;
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::nothing) << "buffered until flush()";
    ASSERT_TRUE(ends.near->flush());
    ASSERT_EQ(receive(*ends.far, message), Channel::Receive::message);
    ASSERT_NE(std::get_if<Note>(&*message), nullptr);
    EXPECT_EQ(std::get<Note>(*message).text, "first");
    ASSERT_EQ(receive(*ends.far, message), Channel::Receive::message);
    EXPECT_NE(std::get_if<Drain>(&*message), nullptr);
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::nothing);
}

TEST(Channel, QueuedMessagesNeverWaitForTheReader) {
    Ends ends;
    constexpr int count = 40;
    const std::string text(100'000, 'x');
    for (int i = 0; i < count; ++i)
        ends.near->queue(RuleText{.path = std::to_string(i), .text = text});
    ASSERT_TRUE(ends.near->flush_some()) << "returns though nobody reads";
    EXPECT_TRUE(ends.near->has_outgoing());
    int arrived = 0;
    while (arrived < count) {
        ASSERT_TRUE(ends.near->flush_some());
        std::optional<Message> message;
        if (receive(*ends.far, message) != Channel::Receive::message) continue;
        const auto* const rule = std::get_if<RuleText>(&*message);
        ASSERT_NE(rule, nullptr);
        EXPECT_EQ(rule->path, std::to_string(arrived));
        EXPECT_EQ(rule->text, text);
        ++arrived;
    }
    EXPECT_FALSE(ends.near->has_outgoing());
}

TEST(Channel, AReaderThatIsGoneIsAnErrorAndNoSignal) {
    Ends ends;
    ends.far.reset();
    ends.near->queue(Drain{});
    EXPECT_FALSE(ends.near->flush_some());
    EXPECT_FALSE(ends.near->flush());
}

TEST(Channel, WhatWasSentBeforeTheEndStillArrives) {
    Ends ends;
    ASSERT_TRUE(ends.near->send(Note{1, "last words"}));
    ASSERT_TRUE(ends.near->flush());
    ends.near.reset();
    std::optional<Message> message;
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::message);
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::closed);
}

TEST(Channel, ForeignBytesAreBroken) {
    Ends ends;
    ASSERT_EQ(::send(ends.near->fd(), "\xff\xff\xff\xff rest", 9, 0), 9);
    std::optional<Message> message;
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::broken);
    EXPECT_EQ(receive(*ends.far, message), Channel::Receive::broken) << "for good";
}

}  // namespace
}  // namespace persandian::runtime
