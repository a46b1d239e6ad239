// SPDX-License-Identifier: Apache-2.0
//
// What the keywords of signatures are to us.
// Source: Suricata 7 user guide, "Suricata Rules".
#pragma once

#include <optional>
#include <string_view>

namespace persandian::signatures {

/// Which field of our events a buffer is: sent by the client, and by the server.
struct BufferField {
    std::string_view keyword;
    std::string_view to_server;
    std::string_view to_client;
};
/// Keywords that name the buffer of the contents that follow; null when it is none.
[[nodiscard]] const BufferField* sticky_buffer(std::string_view keyword) noexcept;
/// Keywords that name the buffer of the content before them; null when it is none.
[[nodiscard]] const BufferField* buffer_of_previous(std::string_view keyword) noexcept;
/// The buffer that a flag of a pcre names; null when it names none.
[[nodiscard]] const BufferField* buffer_of_pcre_flag(char flag) noexcept;

/// Buffers that only servers send.
[[nodiscard]] bool is_of_servers(std::string_view keyword) noexcept;

/// Does not change what the signature matches, or only how often it is told.
[[nodiscard]] bool is_ignored(std::string_view keyword) noexcept;
/// Ports that a variable of the usual configuration stands for, as a list of them in the language
/// of signatures; nullopt when it is none. An empty text: any.
[[nodiscard]] std::optional<std::string_view> ports_of_variable(std::string_view name) noexcept;
/// Ports of servers of protocols that we do not recognise; empty when we do.
[[nodiscard]] std::string_view ports_of_protocol(std::string_view protocol) noexcept;

}  // namespace persandian::signatures
