// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/control_server.h"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace persandian::runtime {
namespace {

constexpr int reply_within_ms = 10'000;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path)
        throw std::runtime_error(text + ": a socket's path may have at most 107 bytes");
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    return address;
}

FileDescriptor unix_socket(int extra_flags) {
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | extra_flags, 0));
    if (!fd.is_open()) fail("cannot make a socket");
    return fd;
}

/// Who is at the other end; nobody's id when the kernel does not say.
uid_t user_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return static_cast<uid_t>(-1);
    return credentials.uid;
}

const sockaddr* as_generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

ControlServer::ControlServer(std::filesystem::path path, Handler handler)
    : path_(std::move(path)), handler_(std::move(handler)), listener_(unix_socket(SOCK_NONBLOCK)) {
    const sockaddr_un address = address_of(path_);
    ::unlink(path_.c_str());
    if (::bind(listener_.get(), as_generic(address), sizeof address) != 0 ||
        ::chmod(path_.c_str(), 0660) != 0 ||
        ::listen(listener_.get(), static_cast<int>(max_clients)) != 0)
        fail(path_.string());
}

ControlServer::~ControlServer() {
    ::unlink(path_.c_str());
}

std::vector<int> ControlServer::descriptors() const {
    std::vector<int> out;
    if (clients_.size() < max_clients) out.push_back(listener_.get());
    for (const Client& client : clients_) out.push_back(client.channel.fd());
    return out;
}

void ControlServer::serve(Timestamp now) {
    while (clients_.size() < max_clients) {
        FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!socket.is_open()) break;
        clients_.push_back({Channel(std::move(socket)), now});
    }
    for (auto client = clients_.begin(); client != clients_.end();) {
        const bool done = answer(*client) || now - client->since > request_within;
        client = done ? clients_.erase(client) : std::next(client);
    }
}

/// Whether the client has its answer, or will never ask.
bool ControlServer::answer(Client& client) {
    std::optional<Message> message;
    Error error;
    const Channel::Receive outcome = client.channel.receive(message, error);
    if (outcome == Channel::Receive::nothing) return false;
    if (outcome == Channel::Receive::closed) return true;
    const Request* const request = message ? std::get_if<Request>(&*message) : nullptr;
    client.channel.queue(request != nullptr ? handler_(*request, user_of(client.channel.fd()))
                                            : Reply{65, "not a request"});
    // A reply is smaller than the socket's buffer; a client that is gone does not matter.
    (void)client.channel.flush_some();
    return true;
}

Reply ask_recorder(const std::filesystem::path& socket, const Request& request) {
    FileDescriptor fd = unix_socket(0);
    const sockaddr_un address = address_of(socket);
    if (::connect(fd.get(), as_generic(address), sizeof address) != 0)
        throw std::runtime_error(
            socket.string() + ": " + std::strerror(errno) +
            "; is persandiand running, and may you use its socket (group persandian)?");
    Channel channel(std::move(fd));
    channel.send(request);
    if (!channel.flush()) throw std::runtime_error("persandiand closed the connection");
    while (true) {
        std::optional<Message> message;
        Error error;
        switch (channel.receive(message, error)) {
            case Channel::Receive::message:
                if (const Reply* const reply = std::get_if<Reply>(&*message)) return *reply;
                throw std::runtime_error("persandiand sent something that is not a reply");
            case Channel::Receive::closed:
                throw std::runtime_error("persandiand closed the connection");
            case Channel::Receive::broken:
                throw std::runtime_error(error.text);
            case Channel::Receive::nothing:
                break;
        }
        pollfd wait{channel.fd(), POLLIN, 0};
        if (::poll(&wait, 1, reply_within_ms) == 0)
            throw std::runtime_error("persandiand did not answer within ten seconds");
    }
}

}  // namespace persandian::runtime
