// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/control_server.h"

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

constexpr Timestamp start{1'000'000'000};

FileDescriptor connect_to(const std::filesystem::path& path) {
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.string().size() + 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
}

class ControlServerTest : public testing::Test {
  protected:
    test::TempDir folder_;
    std::filesystem::path path_ = folder_.path() / "control.sock";
    uid_t peer_ = 0;
    ControlServer server_{path_, [this](const Request& request, uid_t user) {
                              peer_ = user;
                              return Reply{0, "you said " + request.verb};
                          }};

    /// Asks in a thread and serves until the answer is there.
    Reply ask(const std::string& verb) {
        Reply reply;
        std::atomic<bool> done = false;
        std::thread client([&] {
            reply = ask_recorder(path_, {verb, {}});
            done = true;
        });
        while (!done) server_.serve(start);
        client.join();
        return reply;
    }
};

TEST_F(ControlServerTest, AnswersAndKnowsWhoAsks) {
    EXPECT_EQ(ask("status").text, "you said status");
    EXPECT_EQ(peer_, ::geteuid());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
}

TEST_F(ControlServerTest, WhatIsNoRequestIsRefused) {
    Channel client(connect_to(path_));
    ASSERT_TRUE(client.send(Drain{}));
    ASSERT_TRUE(client.flush());
    server_.serve(start);
    std::optional<Message> message;
    Error error;
    ASSERT_EQ(client.receive(message, error), Channel::Receive::message);
    ASSERT_NE(std::get_if<Reply>(&*message), nullptr);
    EXPECT_EQ(std::get<Reply>(*message).exit_code, 65U);
    EXPECT_EQ(client.receive(message, error), Channel::Receive::closed);
}

TEST_F(ControlServerTest, SilentClientsMakeRoomInTime) {
    std::vector<FileDescriptor> silent;
    for (std::size_t i = 0; i < ControlServer::max_clients; ++i)
        silent.push_back(connect_to(path_));
    server_.serve(start);
    EXPECT_EQ(server_.descriptors().size(), ControlServer::max_clients) << "no more are accepted";
    server_.serve(start + ControlServer::request_within);
    EXPECT_EQ(server_.descriptors().size(), ControlServer::max_clients) << "still in time";
    server_.serve(start + ControlServer::request_within + Duration::milliseconds(1));
    EXPECT_EQ(server_.descriptors().size(), 1U);
    EXPECT_EQ(ask("status").exit_code, 0U);
}

TEST(ControlServer, ReplacesAStaleSocketAndRemovesItsOwn) {
    const test::TempDir folder;
    const std::filesystem::path path = folder.path() / "control.sock";
    const auto handler = [](const Request&, uid_t) { return Reply{}; };
    {
        const ControlServer first(path, handler);
        const ControlServer second(path, handler);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_THROW((void)ask_recorder(path, {"status", {}}), std::runtime_error);
    EXPECT_THROW(ControlServer(folder.path() / std::string(200, 'x'), handler), std::runtime_error);
}

}  // namespace
}  // namespace persandian::runtime
