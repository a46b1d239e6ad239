// SPDX-License-Identifier: Apache-2.0
//
// ControlServer: the recorder's Unix socket for `persandian status` and decisions. Local users with
// access to the socket's folder only; at most max_clients at a time, one request each.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <vector>

#include <sys/types.h>

#include "daemon/runtime/channel.h"
#include "detectors/base/timestamp.h"

namespace persandian::runtime {

class ControlServer {
  public:
    static constexpr std::size_t max_clients = 16;
    /// A client that has not said what it wants by then makes room for others.
    static constexpr Duration request_within = Duration::seconds(2);
    /// `peer_user`: user id of the process that asks, as the kernel says.
    using Handler = std::function<Reply(const Request&, uid_t peer_user)>;

    /// Listens on `path` (mode 0660), replacing a stale socket. Throws std::runtime_error.
    ControlServer(std::filesystem::path path, Handler handler);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Descriptors to poll for reading.
    [[nodiscard]] std::vector<int> descriptors() const;
    /// Accepts clients, answers what has arrived. Never blocks on a client. `now` is monotonic.
    void serve(Timestamp now);

  private:
    struct Client {
        Channel channel;
        Timestamp since;
    };
    bool answer(Client& client);

    std::filesystem::path path_;
    Handler handler_;
    FileDescriptor listener_;
    std::list<Client> clients_;
};

/// Client side: sends one request, waits at most ten seconds for the answer.
/// Throws std::runtime_error with a remedy when nobody listens.
[[nodiscard]] Reply ask_recorder(const std::filesystem::path& socket, const Request& request);

}  // namespace persandian::runtime
